import { MillraceError } from "../errors.ts";
import type { Settings } from "../schema/settings.ts";
import { second } from "../schema/time.ts";
import type { WheelRequest } from "../schema/wheel-request.ts";
import type { Wheel } from "../schema/wheel.ts";
import { assetsByName } from "../review/work-orders.ts";
import { blockRuleOf } from "./found.ts";
import { makeWheel } from "./make-wheel.ts";
import type { Ports } from "./ports.ts";

/** What is wanting until the machine has been heard: no fault of the settings. */
const waitsFor = ["wheel.unknown-asset", "wheel.unknown-signal", "wheel.no-signals"];

/** The wheels that the settings ask for: each is made once its asset has shown its signals, and no new one for a while. */
export class RequestedWheels {
  readonly #settings: Settings["wheels"];
  readonly #ports: Ports;
  readonly #onMade: (wheel: Wheel) => Promise<void>;
  readonly #open: Set<WheelRequest>;

  constructor(settings: Settings["wheels"], ports: Ports, onMade: (wheel: Wheel) => Promise<void>) {
    this.#settings = settings;
    this.#open = new Set(settings.make);
    this.#ports = ports;
    this.#onMade = onMade;
  }

  /** Makes those that can be made now. Throws what `makeWheel` throws of the others, but for what may still appear. */
  async tick(): Promise<void> {
    const failures: unknown[] = [];
    for (const request of this.#open) {
      try {
        if (!(await this.#hasSettled(request))) continue;
        const wheel = await makeWheel(request, this.#ports, blockRuleOf(this.#settings));
        this.#open.delete(request);
        await this.#onMade(wheel);
      } catch (error) {
        if (!(error instanceof MillraceError && waitsFor.includes(error.code))) failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  async #hasSettled({ asset }: WheelRequest): Promise<boolean> {
    const { store, now } = this.#ports;
    const [found] = assetsByName(await store.records.assets()).get(asset) ?? [];
    const signals = found === undefined ? [] : await store.records.signals(found.id);
    const newest = signals.reduce((latest, { createdAt }) => Math.max(latest, createdAt), -Infinity);
    return signals.length > 0 && now() - newest >= (this.#settings.settle + settlesAfter) * second;
  }
}

/** Seconds later than the asset's condition is watched, so that both share its blocks. */
const settlesAfter = 2;
