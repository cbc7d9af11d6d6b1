/** Something that takes a while, shown while it does. Its functions can be passed on by themselves. */
export interface Progress {
  readonly at: (done: number, of: number) => void;
  /** Takes the line away. */
  readonly done: () => void;
}

/** Where the line goes: stderr, so that what is printed stays clean. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const width = 28;
const pauseMs = 80;

/** A progress bar on one line of stderr; nothing at all when `silent` or when nobody is watching. */
export function progress(label: string, silent: boolean, stream: ProgressStream = process.stderr, now: () => number = () => performance.now()): Progress {
  if (silent || stream.isTTY !== true) return { at: () => {}, done: () => {} };
  let shown = -Infinity;
  return {
    at(done, of) {
      if (now() - shown < pauseMs) return;
      shown = now();
      const share = of > 0 ? Math.min(1, done / of) : 0;
      const full = Math.round(share * width);
      stream.write(`\r${label.padEnd(9)} ${"█".repeat(full)}${"░".repeat(width - full)} ${String(Math.floor(100 * share)).padStart(3)} %`);
    },
    done() {
      if (shown > -Infinity) stream.write("\r\u001b[2K");
      shown = -Infinity;
    },
  };
}
