/** A dense tensor, row-major. `int64` values are carried as doubles below 2^53. */
export type Tensor =
  | { readonly type: "double"; readonly dims: readonly number[]; readonly values: Float64Array }
  | { readonly type: "float"; readonly dims: readonly number[]; readonly values: Float32Array };

/** A loaded model that can be run any number of times. It keeps no state between runs. */
export interface Session {
  /** Names of the inputs the model wants and the outputs it gives. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Runs the graph; asks only for `outputs` when given. Throws what the runtime says of a bad input. */
  run(inputs: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

/** What runs ONNX graphs. Passed in, so that learning knows nothing of the runtime behind it. */
export interface Engine {
  /** An engine that may have to load the model anew keeps its bytes, unless it is told how to get them `again`. */
  open(model: Uint8Array, again?: () => Uint8Array): Promise<Session>;
}
