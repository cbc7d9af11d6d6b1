import { MillraceError } from "../errors.ts";

// What errors of the drivers mean. Apart from the driver itself, which takes long to load.

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What an error of the driver says in short. */
export const firstLine = (error: unknown): string => messageOf(error).split("\n")[0].slice(0, 200);

const isFull = (error: unknown): boolean =>
  /no space left|ENOSPC|database or disk is full|not enough (disk )?space|failed to offload|max_temp_directory_size/i.test(messageOf(error));

/** The process that holds the lock, if that is why opening failed: its id, or 0 when not told. */
export function lockHolder(error: unknown): number | null {
  const message = messageOf(error);
  if (!/could not set lock/i.test(message)) return null;
  return Number(/\(PID (\d+)\)/.exec(message)?.at(1) ?? 0);
}

/** True when the file is not at fault: leave it where it is and say what is wrong instead. */
export function isNotDamage(error: unknown): boolean {
  return (
    isFull(error) ||
    /permission denied|read-only file system|out of memory|too many open files|newer version|input\/output error|fsync failed/i.test(messageOf(error))
  );
}

/** True when the content of the database itself is damaged. */
export function isDamage(error: unknown): boolean {
  return /corrupt database file|computed checksum|could not read enough bytes/i.test(messageOf(error));
}

/** True when the driver refuses all further work until the file is opened again. */
export function isInvalidated(error: unknown): boolean {
  return /has been invalidated|FATAL Error/i.test(messageOf(error));
}

/** An error of the driver as one a person can act on. */
export function storageError(action: string, error: unknown): Error {
  if (error instanceof MillraceError || error instanceof RangeError || error instanceof TypeError) return error;
  if (isFull(error)) {
    return new MillraceError("store.disk-full", `Cannot ${action}: the disk is full`, {
      hint: "Free some space; nothing was acknowledged that is not stored, and work goes on by itself.",
      cause: error,
    });
  }
  return new MillraceError("store.disk-failed", `Cannot ${action}: ${firstLine(error)}`, {
    hint: "Check the disk and its permissions, then run `millrace doctor`.",
    cause: error,
  });
}

