/** How far long work has come, as a bar on stderr: only for a person at a terminal, never with --json. */
export interface Progress {
  readonly at: (done: number, total: number) => void;
  /** Takes the bar away. */
  readonly done: () => void;
}

const width = 30;
const everyMs = 100;

export function progress(what: string, isQuiet: boolean, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (isQuiet || !stream.isTTY) return { at: () => {}, done: () => {} };
  let drawn = 0;
  return {
    at(done, total) {
      const now = performance.now();
      if (now - drawn < everyMs && done < total) return;
      drawn = now;
      const share = total > 0 ? Math.min(done / total, 1) : 0;
      const full = Math.round(share * width);
      stream.write(`\r${what} ${"█".repeat(full)}${"░".repeat(width - full)} ${Math.floor(100 * share)} %`);
    },
    done: () => void stream.write("\r\u001b[K"),
  };
}
