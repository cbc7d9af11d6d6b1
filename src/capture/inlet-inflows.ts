import { hourOf, joinedHours, type Inflow, type Hours } from "../schema/inflow.ts";
import { Origin } from "../schema/origin.ts";
import type { Micros } from "../schema/time.ts";
import { softwareVersion } from "../version.ts";

/** Of a signal: by which connector its last sample came, of which origin, and the hours around it that are noted. */
export interface LastInflow extends Hours {
  readonly connector: string;
  /** Place in Origin.options. */
  readonly origin: number;
}

export const noInflow: LastInflow = { connector: "", origin: -1, start: 0, end: 0 };

interface Known {
  readonly origins: Set<number>;
  hours: Hours[];
}

/** Which connectors feed which signals, as far as it is noted: one look a signal, connector and hour. */
export class Inflows {
  readonly #known = new Map<string, Known>();
  readonly #fresh = new Map<string, Inflow>();

  /** Notes a sample that the last inflow of its signal does not cover; returns the one that does. */
  note(key: number, connector: string, origin: number, time: Micros, now: Micros): LastInflow {
    const name = `${key} ${connector}`;
    let known = this.#known.get(name);
    if (known === undefined) this.#known.set(name, (known = { origins: new Set(), hours: [] }));
    const covers = ({ start, end }: Hours): boolean => time >= start && time < end;
    if (!known.origins.has(origin) || !known.hours.some(covers)) {
      known.origins.add(origin);
      known.hours = joinedHours([...known.hours, hourOf(time)]);
      const waiting = this.#fresh.get(name);
      const hours = joinedHours([...(waiting?.hours ?? []), hourOf(time)]);
      this.#fresh.set(name, { connector, key, origins: Array.from(known.origins, (code) => Origin.options[code]), hours, software: waiting?.software ?? [{ version: softwareVersion, since: now }] });
    }
    return { connector, origin, ...(known.hours.find(covers) ?? hourOf(time)) };
  }

  /** Has written down what was noted so far, before the samples of it are stored; what cannot be is tried again by the next. */
  async write(down: (fresh: readonly Inflow[]) => Promise<unknown>): Promise<void> {
    const fresh = [...this.#fresh];
    if (fresh.length === 0) return;
    await down(fresh.map(([, inflow]) => inflow));
    for (const [name, inflow] of fresh) if (this.#fresh.get(name) === inflow) this.#fresh.delete(name);
  }

  /** Notes what comes from now on anew. */
  forget(): void {
    this.#known.clear();
  }
}
