import { linearHead } from "../heads/linear.ts";
import { itemsIn } from "../held-out.ts";
import type { Head, Learner } from "../learner.ts";
import { classesOf } from "../target-sum.ts";

/**
 * What one says who looks at no input: the mean of a number, or how often each class was seen.
 *
 * No learner to choose, but the one to beat: where none does, nothing in the inputs tells.
 * Cost: nothing.
 */
export const constant: Learner<never> = {
  name: "constant",
  version: 1,
  kinds: ["estimate", "remaining-life", "classify"],
  summary: "The mean, or how often each class was seen, whatever the inputs are",
  params: {},

  canLearn: (total) => (itemsIn(total) > 0 ? null : "no item with a target has been seen"),

  async learn({ total }) {
    const all = itemsIn(total);
    if (classesOf(total).length === 0) return always(Float64Array.of(total.lessons.get("")?.moments.mean[total.features] ?? NaN), total.features);
    return always(Float64Array.from(total.lessons.values(), ({ items }) => items / all), total.features);
  },
};

function always(values: Float64Array, features: number): Head {
  return linearHead({ weights: new Float64Array(values.length * features), biases: values }, null, new Float64Array(features));
}
