import type { Decimal } from "./number.ts";
import type { DateOrder } from "./timestamp.ts";

/** Thrown when a row shows that the whole file is to be read otherwise: from the start, with `change`. */
export class ReadAgain extends Error {
  readonly change: { readonly order?: DateOrder; readonly decimal?: Decimal };

  constructor(change: ReadAgain["change"]) {
    super(`read again with ${JSON.stringify(change)}`);
    this.change = change;
  }
}
