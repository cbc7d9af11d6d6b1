/** Troubles that are told at once; those beyond are the oldest, and forgotten. */
const most = 20;

/**
 * What goes wrong while a site is up and is nobody's request: told once in words, kept until it is
 * told to be over or newer troubles crowd it out. The same again is not told again.
 */
export class Troubles {
  readonly #known = new Map<string, string>();
  readonly #onTold: (text: string) => void;

  constructor(onTold: (text: string) => void) {
    this.#onTold = onTold;
  }

  get reasons(): string[] {
    return [...this.#known.values()];
  }

  add(what: string, error: unknown): void {
    const text = `Cannot ${what}: ${(error instanceof Error ? error.message : String(error)).slice(0, 300)}`;
    if (this.#known.get(what) === text) return;
    this.#known.delete(what);
    this.#known.set(what, text);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= most) break;
      this.#known.delete(oldest);
    }
    this.#onTold(text);
  }

  /** Whether it was known, and is not any more. */
  over(what: string): boolean {
    return this.#known.delete(what);
  }
}
