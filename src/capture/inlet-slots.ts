import type { Id } from "../schema/id.ts";
import type { ValueType } from "../schema/signal.ts";
import type { Micros } from "../schema/time.ts";
import { noInflow, type LastInflow } from "./inlet-inflows.ts";
import { unitOf } from "./unit.ts";

/** What the inlet needs to know of a signal. */
export interface KnownSignal {
  readonly key: number;
  readonly id: Id;
  readonly valueType: ValueType;
  readonly unit: string | null;
}

/** A known path: its signal, and what was last heard of it. */
export interface Slot {
  readonly signal: KnownSignal;
  readonly kind: ValueType;
  unit: string | null;
  /** The source's spelling of the signal's unit. */
  saidUnit: string | null;
  wrongUnit: string | null;
  newest: Micros;
  inflow: LastInflow;
}

export interface SlotPorts {
  /** Its answer is kept until `forget`. */
  find(path: string): KnownSignal | undefined;
  /** A source names a unit: `differs` when the signal has another, and its readings are refused. Once a unit. */
  onUnit(signal: KnownSignal, path: string, unit: string, differs: boolean): void;
}

const longestUnit = 60;

/** The signals that paths stand for, as far as they were heard of. */
export class Slots {
  readonly #ports: SlotPorts;
  readonly #slots = new Map<string, Slot>();
  readonly #units = new Map<string, string>();

  constructor(ports: SlotPorts) {
    this.#ports = ports;
  }

  get(path: string): Slot | undefined {
    const slot = this.#slots.get(path);
    if (slot !== undefined) return slot;
    const signal = this.#ports.find(path);
    return signal === undefined ? undefined : this.set(path, signal);
  }

  set(path: string, signal: KnownSignal): Slot {
    const slot: Slot = { signal, kind: signal.valueType, unit: signal.unit, saidUnit: null, wrongUnit: null, newest: Number.NEGATIVE_INFINITY, inflow: noInflow };
    this.#slots.set(path, slot);
    return slot;
  }

  forget(path?: string): void {
    if (path === undefined) this.#slots.clear();
    else this.#slots.delete(path);
  }

  /** Whether a unit, in the source's spelling, is the signal's. A signal without one takes the first it hears. */
  unitFits(slot: Slot, path: string, said: string): boolean {
    const unit = this.ucum(said);
    if (slot.unit === null && unit.length <= longestUnit) {
      slot.unit = unit;
      this.#ports.onUnit(slot.signal, path, unit, false);
    }
    if (unit === slot.unit) {
      slot.saidUnit = said;
      return true;
    }
    if (slot.wrongUnit !== unit) this.#ports.onUnit(slot.signal, path, unit.slice(0, longestUnit), true);
    slot.wrongUnit = unit;
    return false;
  }

  /** The UCUM code of a unit in any spelling; the spelling itself when it is none that is known. */
  ucum(said: string): string {
    const known = this.#units.get(said);
    if (known !== undefined) return known;
    const unit = said.length > longestUnit ? said : (unitOf(`[${said}]`) ?? said);
    if (this.#units.size >= 1000) this.#units.clear(); // a client may make units up
    this.#units.set(said, unit);
    return unit;
  }
}
