import type { Policy } from "../schema/wheel.ts";
import type { Evidence, Pair } from "./evidence.ts";

/** Half as many false alarms again are too many, if they are three more. */
const alarms = { share: 1.5, more: 3 };
/** Faults found half as late again are found too late, if it is a tenth of an hour more. */
const lateness = { share: 1.5, hours: 0.1 };
/** Shares by which the recall of the worst class may fall, and by which answers may be less often right than they say. */
const room = { recall: 0.05, sureness: 0.1 };

/**
 * Why a challenger may not be promoted whatever its loss, or `null`: a mean can hide what nobody would accept.
 *
 * On blocks judged on arrival it must miss no more faults, must not raise half as many false alarms again (and three
 * more), must not find faults half as late again (and six minutes later), and must know its worst class as well, within
 * 0.05. On the exam it must not lose more than the margin, and what it says of its own sureness must hold as well as what
 * the champion says of its, within 0.1. Delay, class and sureness are judged from as many blocks on as the policy asks
 * events for, each block weighing one; below that they cannot be, and stop nothing.
 */
export function stoppedBy(recipe: Evidence, exam: Evidence, arrivals: readonly Pair[], sat: readonly Pair[], { minEvents, margin }: Pick<Policy, "minEvents" | "margin">): string | null {
  return moreMissed(recipe) ?? moreAlarms(recipe) ?? foundLater(arrivals, minEvents) ?? worseClass(arrivals, minEvents) ?? worseOnExam(exam, minEvents, margin) ?? lessSure(sat, minEvents);
}

function moreMissed({ challengerMissed, championMissed, events }: Evidence): string | null {
  if (challengerMissed <= championMissed) return null;
  return `The challenger missed ${challengerMissed} of ${count(events, "fault")}, the champion ${championMissed}: no more may be missed.`;
}

function moreAlarms({ challengerFalseAlarms: theirs, championFalseAlarms: ours }: Evidence): string | null {
  if (theirs < ours + alarms.more || theirs <= alarms.share * ours) return null;
  return `The challenger raised ${count(theirs, "false alarm")}, the champion ${ours}: half as many again, and three more, are too many whatever they cost.`;
}

/** Over blocks in which both found the same faults: what one of them missed has no delay to compare. */
function foundLater(pairs: readonly Pair[], fewest: number): string | null {
  const both = pairs.flatMap(({ delays }) => delays ?? []);
  if (both.length < fewest) return null;
  const [theirs, ours] = [meanOf(both, ({ challenger }) => challenger), meanOf(both, ({ champion }) => champion)];
  if (theirs <= lateness.share * ours || theirs - ours <= lateness.hours) return null;
  return `The challenger finds faults ${hours(theirs)} after they begin, the champion ${hours(ours)} after: half as late again, and ${hours(lateness.hours)} more, is too late.`;
}

function worseClass(pairs: readonly Pair[], fewest: number): string | null {
  const byClass = Map.groupBy(pairs.flatMap(({ classes = [] }) => classes), ({ code }) => code);
  const known = [...byClass.values()].filter((blocks) => blocks.length >= fewest);
  if (known.length === 0) return null;
  const worst = (right: "championRight" | "challengerRight"): number => Math.min(...known.map((blocks) => meanOf(blocks, (one) => one[right] / one.rows)));
  const [theirs, ours] = [worst("challengerRight"), worst("championRight")];
  if (theirs >= ours - room.recall) return null;
  return `The challenger knows its worst class ${percent(theirs)} of the time, the champion ${percent(ours)}: at most ${percent(room.recall)} less is allowed.`;
}

function worseOnExam({ events, gain }: Evidence, minEvents: number, margin: number): string | null {
  if (events < minEvents || gain === null || gain > -margin) return null;
  return `On the exam the challenger is worse: it gains ${signed(gain)} a block there, and more than ${signed(-margin)} is needed.`;
}

/** How far answers are right more or less often than they say. */
function lessSure(pairs: readonly Pair[], fewest: number): string | null {
  const both = pairs.flatMap(({ sureness }) => sureness ?? []);
  if (both.length < fewest) return null;
  const gap = (whose: "champion" | "challenger"): number => Math.abs(meanOf(both, ({ [whose]: { right, claimed, answers } }) => (right - claimed) / answers));
  const [theirs, ours] = [gap("challenger"), gap("champion")];
  if (theirs <= room.sureness || theirs <= ours + room.sureness) return null;
  return `On the exam the challenger's answers are right ${percent(theirs)} more or less often than they say, the champion's ${percent(ours)}: at most ${percent(room.sureness)} more is allowed.`;
}

function meanOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0) / items.length;
}

const hours = (value: number): string => `${Number(value.toPrecision(2))} h`;

export const count = (many: number, noun: string): string => `${many} ${noun}${many === 1 ? "" : "s"}`;
export const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;

/** With its sign and three decimals; what rounds to nothing is 0. */
export function signed(value: number): string {
  const text = value.toFixed(3);
  return Number(text) === 0 ? "0" : value > 0 ? `+${text}` : text;
}
