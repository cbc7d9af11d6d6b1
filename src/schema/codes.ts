// The words of samples that are stored as their places here: apart from the schemas, for threads that should not load them.

/** What the source says of a sample; `bad-clock` is ours: its time lay over five minutes ahead. */
export const qualityWords = ["good", "uncertain", "bad", "bad-clock"] as const;

/** Who made a sample, a block or a label. */
export const originWords = ["sensor", "person", "measurement", "model", "simulator"] as const;
