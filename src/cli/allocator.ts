/**
 * How memory is to be handed out in a process that stays up. By JavaScript: 16 MiB at most for each half of new objects, where
 * a machine of much memory would be given 64, in each of three threads, and fill them before it looks for garbage. By the C library: from two arenas instead of eight
 * a core, so that threads share what others have freed; and large blocks mapped one by one, always, so that
 * each goes back to the system when it is freed and leaves no hole. By DuckDB's jemalloc: what is
 * free goes back after half a second instead of ten. All read this when a process starts, and only then.
 * Source: `node --v8-options`, mallopt(3), and jemalloc(3) under `dirty_decay_ms`.
 */
const steady = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "131072",
  DUCKDB_JE_MALLOC_CONF: "dirty_decay_ms:500,muzzy_decay_ms:0",
} as const;
const young = "--max-semi-space-size=16";

/**
 * Starts this program anew in its own process, where the allocators are to be told; child processes are told with it.
 * Whoever has set one of the variables has chosen, and it goes on as it is. Costs 30 ms, once.
 */
export function holdMemorySteady(): void {
  const isTold = Object.keys(steady).some((name) => process.env[name] !== undefined);
  // A line to a parent process would be lost with the program that was.
  if (process.platform !== "linux" || isTold || process.channel !== undefined || process.execve === undefined) return;
  process.execve(process.execPath, [process.execPath, young, ...process.execArgv, ...process.argv.slice(1)], { ...process.env, ...steady });
}
