import { useCallback, useSyncExternalStore } from "react";

type Kept = string | boolean | readonly string[];
const values = new Map<string, Kept>();
const listeners = new Set<() => void>();

/** A setting of this browser that outlives the page: a name, a switch, words used lately. Shared by all who use it. */
export function useKept<T extends Kept>(key: string, initial: T): [T, (value: T) => void] {
  const read = useCallback(() => {
    if (!values.has(key)) values.set(key, stored(key, initial));
    return values.get(key) as T;
    // The first value given counts.
  }, [key]);
  const value = useSyncExternalStore(listen, read);
  const keep = useCallback((next: T) => {
    values.set(key, next);
    localStorage.setItem(`millrace.${key}`, JSON.stringify(next));
    for (const listener of listeners) listener();
  }, [key]);
  return [value, keep];
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What was kept by another version, or by hand, counts only if it is of the same kind. */
function stored<T extends Kept>(key: string, initial: T): T {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(`millrace.${key}`) ?? "null");
    if (Array.isArray(initial)) return Array.isArray(kept) && kept.every((one) => typeof one === "string") ? (kept as unknown as T) : initial;
    return typeof kept === typeof initial ? (kept as T) : initial;
  } catch {
    return initial;
  }
}
