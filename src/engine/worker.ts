import { parentPort } from "node:worker_threads";
import type { Session, Tensor } from "../learn/engine.ts";
import { parentLine, serve } from "../thread.ts";
import { onnxEngine } from "./onnx.ts";

/** Sessions that live in this worker, called by number from the thread that started it. */
export class Sessions {
  readonly #open = new Map<number, Session>();
  #last = 0;

  async open(model: Uint8Array): Promise<{ id: number; inputs: readonly string[]; outputs: readonly string[] }> {
    const session = await onnxEngine.open(model);
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

  #session(id: number): Session {
    const session = this.#open.get(id);
    if (session === undefined) throw new RangeError(`Cannot use session ${id}: it is closed`);
    return session;
  }
}

if (parentPort !== null) serve(new Sessions(), parentLine(parentPort));
