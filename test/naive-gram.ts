import type { Gram } from "../src/learn/moments.ts";

/** XᵀX by three loops: the twin of the engine's product. */
export const naiveGram: Gram = (x, rows, columns) => {
  const product = new Float64Array(columns * columns);
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < columns; j++) for (let r = 0; r < rows; r++) product[i * columns + j] += x[r * columns + i] * x[r * columns + j];
  }
  return Promise.resolve(product);
};
