import type { WheelState } from "../../schema/happening.ts";
import type { Id } from "../../schema/id.ts";
import type { TargetAnswer } from "../../schema/target-answer.ts";
import type { Micros } from "../../schema/time.ts";
import type { Wheel } from "../../schema/wheel.ts";
import { RetainedTopics, type Publish } from "./retained-topics.ts";
import { level } from "./topic.ts";

/** What a wheel of a target says now, as it is told to other systems. Times are UTC microseconds. */
export interface AnswerMessage {
  readonly site: Id;
  readonly asset: string;
  readonly wheel: string;
  readonly target: string;
  readonly kind: string;
  readonly time: Micros;
  readonly state: WheelState;
  /** `null` where nothing can be said. */
  readonly answer: TargetAnswer | null;
}

/**
 * Answers as retained MQTT messages, one topic an asset and wheel: each row that is answered, and once that nothing
 * can be said any more.
 */
export class AnswerOutlet {
  readonly #topics: RetainedTopics;
  readonly #silent = new Map<Id, WheelState>();

  constructor(publish: Publish) {
    this.#topics = new RetainedTopics(publish);
  }

  tell(wheel: Wheel, asset: string, row: { readonly time: Micros; readonly state: WheelState; readonly answer?: TargetAnswer | null }): void {
    const { target = null, site, name, kind } = wheel;
    const { time, state, answer = null } = row;
    if (target === null || (answer === null && this.#silent.get(wheel.id) === state)) return;
    if (answer === null) this.#silent.set(wheel.id, state);
    else this.#silent.delete(wheel.id);
    const message: AnswerMessage = { site, asset, wheel: name, target: target.name, kind, time, state, answer };
    this.#topics.set(`millrace/answers/${level(asset)}/${level(name)}`, JSON.stringify(message));
  }

  close(): void {
    this.#topics.close();
  }
}
