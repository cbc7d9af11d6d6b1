/** One event of a server-sent stream. */
export interface SentEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/**
 * Reads `text/event-stream` (HTML standard, 9.2.6) piece by piece; pieces may be cut anywhere. Comments are
 * passed over. Cost: each character is looked at once, however small the pieces.
 */
export class SentEventParser {
  #rest = "";
  #data: string[] = [];
  #event = "message";
  #id: string | null = null;

  push(piece: string): SentEvent[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    const events: SentEvent[] = [];
    for (const line of lines) {
      const event = this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (event !== null) events.push(event);
    }
    return events;
  }

  #line(line: string): SentEvent | null {
    if (line === "") return this.#finish();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") this.#data.push(value);
    if (field === "event") this.#event = value;
    if (field === "id" && !value.includes("\0")) this.#id = value;
    return null;
  }

  #finish(): SentEvent | null {
    const { length } = this.#data;
    const event = { id: this.#id, event: this.#event, data: this.#data.join("\n") };
    this.#data = [];
    this.#event = "message";
    return length === 0 && event.event === "message" ? null : event;
  }
}
