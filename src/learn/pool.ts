/**
 * Other threads for pure kernels, named in a fixed list. Arguments are structured clones; a
 * SharedArrayBuffer in them is shared, so that large arrays are neither copied nor sent back.
 *
 * A kernel gives the same result wherever it runs: `null` instead of a pool means "do it here".
 */
export interface Pool {
  /** How many kernels run at once. */
  readonly size: number;
  /** Runs a kernel by name and gives what it returns. Throws what it throws. */
  run(kernel: string, args: readonly unknown[]): Promise<unknown>;
}
