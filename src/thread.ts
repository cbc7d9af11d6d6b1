import type { ChildProcess } from "node:child_process";
import { getHeapStatistics } from "node:v8";
import type { MessagePort, Worker } from "node:worker_threads";
import { MillraceError } from "./errors.ts";

/**
 * Calls across threads and processes: `serve` answers calls on an object, `remote` makes them.
 *
 * Arguments and results are structured clones; typed arrays named by `transfer` move without a copy
 * between threads. A MillraceError arrives as one. When the other side dies, every open call and
 * every later one is rejected with `thread.lost`.
 */
export type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : T[K] extends object
      ? Remote<T[K]>
      : never;
};

/** One end of a line to another thread or process. */
export interface Line {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  listen(onMessage: (message: unknown) => void, onLost: (why: string) => void): void;
}

interface Call {
  readonly call: number;
  readonly path: readonly string[];
  readonly args: readonly unknown[];
}

type Reply = { readonly call: number } & ({ readonly value: unknown } | { readonly error: WireError });

interface WireError {
  readonly code: string | null;
  readonly message: string;
  readonly hint: string;
  readonly stack: string | undefined;
}

/** The line from this thread to a worker it started. */
export function workerLine(worker: Worker): Line {
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    listen(onMessage, onLost) {
      worker.on("message", onMessage);
      worker.on("error", (error) => onLost(error instanceof Error ? error.message : String(error)));
      worker.on("exit", (code) => onLost(`it exited with code ${code}`));
    },
  };
}

/** The line from inside a worker to the thread that started it. */
export function parentLine(port: MessagePort): Line {
  return {
    post: (message, transfer = []) => port.postMessage(message, [...transfer]),
    listen: (onMessage) => void port.on("message", onMessage),
  };
}

/** The line to a child process started with `serialization: "advanced"`; from inside it, pass `process`. */
export function processLine(child: ChildProcess | NodeJS.Process): Line {
  return {
    post: (message) => void child.send?.(message as object),
    listen(onMessage, onLost) {
      child.on("message", onMessage);
      child.on("disconnect", () => onLost("the line was cut"));
      if ("spawnfile" in child) {
        child.on("exit", (code, signal) => onLost(`it ended with ${signal ?? `code ${code}`}`));
        child.on("error", (error) => onLost(error.message));
      }
    },
  };
}

/** Answers calls that arrive on `line` with the methods of `target`, at any depth of plain objects. */
export function serve(target: object, line: Line, onLost: () => void = () => {}): void {
  line.listen((message) => {
    const { call, path, args } = message as Call;
    // A result that cannot be posted is an error of the call, not the end of this thread.
    invoke(target, path, args)
      .then((value) => line.post({ call, value } satisfies Reply, buffersOf(value)))
      .catch((error: unknown) => line.post({ call, error: toWire(error) } satisfies Reply));
  }, onLost);
}

/** An object whose methods are called on the other end of `line`. `name` is for messages only. */
export function remote<T extends object>(name: string, line: Line): Remote<T> {
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let calls = 0;
  let lost: MillraceError | undefined;

  line.listen(
    (message) => {
      const reply = message as Reply;
      const waiting = open.get(reply.call);
      open.delete(reply.call);
      if ("error" in reply) waiting?.reject(fromWire(reply.error));
      else waiting?.resolve(reply.value);
    },
    (why) => {
      lost ??= new MillraceError("thread.lost", `Cannot reach ${name}: ${why}`, {
        hint: "Run `millrace doctor`; nothing that was acknowledged is lost.",
      });
      for (const { reject } of open.values()) reject(lost);
      open.clear();
    },
  );

  const send = (path: readonly string[], args: readonly unknown[]) =>
    new Promise((resolve, reject) => {
      if (lost !== undefined) return reject(lost);
      const call = ++calls;
      line.post({ call, path, args } satisfies Call); // throws when an argument cannot be sent
      open.set(call, { resolve, reject });
    });

  const at = (path: readonly string[]): unknown =>
    new Proxy(() => {}, {
      get: (_, key) => (typeof key === "symbol" || (key === "then" && path.length === 0) ? undefined : at([...path, key])),
      apply: (_target, _this, args: unknown[]) => send(path, args),
    });
  return at([]) as Remote<T>;
}

async function invoke(target: object, path: readonly string[], args: readonly unknown[]): Promise<unknown> {
  let owner: object = target;
  for (const name of path.slice(0, -1)) owner = Reflect.get(owner, name) as object;
  const method = Reflect.get(owner, path.at(-1) ?? "") as (...args: unknown[]) => unknown;
  return await method.apply(owner, [...args]);
}

/** Whole buffers at the top of a result (an array, or the fields of an object) move; the rest is copied. */
function buffersOf(value: unknown): ArrayBuffer[] {
  if (typeof value !== "object" || value === null) return [];
  const candidates = ArrayBuffer.isView(value) ? [value] : Object.values(value);
  const buffers = new Set<ArrayBuffer>();
  for (const view of candidates) {
    if (ArrayBuffer.isView(view) && view.buffer instanceof ArrayBuffer && view.byteLength === view.buffer.byteLength) {
      buffers.add(view.buffer);
    }
  }
  return [...buffers];
}

function toWire(error: unknown): WireError {
  if (error instanceof MillraceError) return { code: error.code, message: error.message, hint: error.hint, stack: error.stack };
  const plain = error instanceof Error ? error : new Error(String(error));
  return { code: null, message: plain.message, hint: "", stack: plain.stack };
}

function fromWire({ code, message, hint, stack }: WireError): Error {
  const error = code === null ? new Error(message) : new MillraceError(code, message, { hint });
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Of the calling thread, bytes: the pages that JavaScript's heap takes, with the garbage in them, and buffers outside of it. */
export const memoryHeld = (): { heap: number; buffers: number } => ({ heap: getHeapStatistics().total_physical_size, buffers: process.memoryUsage().external });
