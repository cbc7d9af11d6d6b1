/** A message as it goes from hand to hand in the broker. */
export interface Message {
  readonly cmd: "publish";
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
}

/** What is to be published for a client that goes without a word. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
}
