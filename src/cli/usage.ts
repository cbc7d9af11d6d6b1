import { MillraceError } from "../errors.ts";

/** A wrong use of the command line. */
export function usage(what: string, hint: string): MillraceError {
  return new MillraceError("cli.usage", `Cannot ${what}`, { hint });
}
