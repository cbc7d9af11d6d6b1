import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compiled, get, instance, int, storeInt } from "../wasm.ts";
import { convolutionKernels } from "./convolution-kernels.ts";

const whole = fc.integer({ min: -(2 ** 25), max: 2 ** 25 });

test("the vector loops do what their naive twins do, and touch nothing more than three numbers beyond the end", () => {
  fc.assert(
    fc.property(fc.array(whole, { minLength: 90, maxLength: 90 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5 }), fc.tuple(whole, whole, whole, whole), (values, count, step, biases) => {
      const { memory, run } = convolutionKernels(200);
      const [to, counts] = [100, 180];
      const rounded = 4 * Math.ceil(count / 4);
      const check = (expected: (at: number) => number): void => {
        for (let at = 0; at < rounded; at++) assert.equal(memory[to + at], expected(at));
        assert.deepEqual([...memory.subarray(0, 90)], values);
        assert.equal(memory[to + rounded], 7);
        memory.fill(7, to);
      };
      memory.set(values);
      memory.fill(7, to);

      run.addTo(4 * to, 4 * (to + count), 4 * 3);
      check((at) => 7 + values[3 + at]);
      run.sumNine(4 * to, 4 * (to + count), 4, 4 * step);
      check((at) => [0, 1, 2, 3, 4, 5, 6, 7, 8].reduce((sum, tap) => sum + values[1 + at + tap * step], 0));
      run.respond(4 * to, 4 * (to + count), 0, 4 * step, 4 * 9, 4 * 11);
      check((at) => 3 * (values[at] + values[at + step] + values[at + 9]) - values[at + 11]);
      run.countAbove(4 * step, 4 * (step + rounded), ...biases, 4 * counts);
      assert.deepEqual([...memory.subarray(counts, counts + 5)], [...biases.map((bias) => values.slice(step, step + rounded).filter((value) => value > bias).length), 7]);

      const [pairs, rest] = [8 * Math.ceil(count / 8), count & 7];
      memory.fill(7, to);
      memory.set(Array.from({ length: 8 }, (_, at) => (at < rest ? -1 : 0)), counts + 4);
      run.respondAbove(0, 4 * pairs, 4 * step, 4 * 9, 4 * 11, ...biases, 4 * counts);
      const responses = Array.from({ length: pairs + rest }, (_, at) => 3 * (values[at] + values[at + step] + values[at + 9]) - values[at + 11]);
      assert.deepEqual([...memory.subarray(counts, counts + 4)], biases.map((bias) => responses.filter((value) => value > bias).length));
      assert.deepEqual([...memory.subarray(0, counts)], [...values, ...Array.from({ length: 90 }, (_, at) => (at < 10 ? 0 : 7))], "nothing else is written");
    }),
    { numRuns: 200 },
  );
});

test("memory comes zeroed, whoever had it before, and large enough", () => {
  convolutionKernels(100).memory.fill(5);
  for (const ints of [100, 100_000]) {
    const { memory } = convolutionKernels(ints);
    assert.ok(memory.length >= ints && memory.every((value) => value === 0));
  }
});

test("constants of any size are written as they are, and read by the engine", () => {
  fc.assert(
    fc.property(fc.integer(), (value) => {
      const put = { name: "put", parameters: 1, ints: 0, vectors: 0, body: storeInt(get(0), int(value), 300) };
      const { memory, run } = instance(compiled([put]), 100);
      run.put(4);
      assert.equal(memory[76], value);
    }),
    { numRuns: 100 },
  );
});
