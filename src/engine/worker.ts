import type { Engine, Session, Tensor } from "../learn/engine.ts";
import { processLine, serve } from "../thread.ts";
import { onnxEngineOf } from "./onnx.ts";

/** Sessions that live in this process, called by number from the one that started it. */
export class Sessions {
  readonly #open = new Map<number, Session>();
  readonly #engine: Engine;
  #last = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Answers once this process can compute. */
  ready(): true {
    return true;
  }

  async open(model: Uint8Array): Promise<{ id: number; inputs: readonly string[]; outputs: readonly string[] }> {
    const session = await this.#engine.open(model);
    this.#open.set(++this.#last, session);
    return { id: this.#last, inputs: session.inputs, outputs: session.outputs };
  }

  run(id: number, inputs: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Tensor>> {
    return this.#session(id).run(inputs, outputs);
  }

  async close(id: number): Promise<void> {
    await this.#session(id).close();
    this.#open.delete(id);
  }

  /** Processor seconds since the start. */
  cpuSeconds(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }

  #session(id: number): Session {
    const session = this.#open.get(id);
    if (session === undefined) throw new RangeError(`Cannot use session ${id}: it is closed`);
    return session;
  }
}

// Ctrl-C and a service's stop reach every process of it: the one that asks still has rows to be scored, and ends this one.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
serve(new Sessions(onnxEngineOf(Number(process.argv[2]))), processLine(process), () => process.exit(0));
