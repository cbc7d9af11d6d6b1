import assert from "node:assert/strict";

/** Looks again until something is so; says what was seen last when it never is, after a minute. */
export async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const seen = await look();
    if (isSo(seen)) return seen;
    assert.ok(tries < 1200, `never so: ${JSON.stringify(seen).slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
