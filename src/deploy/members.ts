import type { IdFor } from "./event-tracker.ts";
import type { WheelSetup } from "./fleet-ports.ts";
import type { LiveMember } from "./live-member.ts";
import { LiveTarget } from "./live-target.ts";
import { LiveWheel } from "./live-wheel.ts";

/** A wheel as it is put to work: one of a target answers, one of a condition alarms. */
export function memberOf({ wheel, lifeFrom }: WheelSetup, idFor: IdFor): LiveMember {
  if ((wheel.target ?? null) === null) return new LiveWheel(wheel, idFor);
  const live = new LiveTarget(wheel);
  if (lifeFrom !== undefined) live.endLife(lifeFrom);
  return live;
}
