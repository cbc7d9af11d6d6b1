/**
 * A condition of the world that a person can act on, as opposed to a programming mistake.
 *
 * `code` is stable (`<stage>.<condition>`), `message` reads `Cannot <action> <object>: <seen>`,
 * `hint` is a sentence that says what to try. Every code is listed in docs/reference/errors.md.
 */
export class MillraceError extends Error {
  override readonly name = "MillraceError";
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, options: { hint: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
