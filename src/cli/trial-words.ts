import type { Trial } from "../wheel/trial.ts";
import { figureLines } from "./report/figures.ts";
import { countText, counted, shareText, timeText, type Clock } from "./report/format.ts";
import { alarmShare, blamed, blameText, caveats, headline, knownTime, lastedText, peakText, thresholdText } from "./report/words.ts";
import { harmless, table } from "./table.ts";

/** Events listed in the terminal; the report has more. */
const listed = 20;

/** What is printed of a trial, made harmless for a terminal; `notes` are said before its own. */
export function trialLines(tried: Trial, clock: Clock, notes: readonly string[] = []): string[] {
  const { leftOut, truth } = tried;
  const few = leftOut.slice(0, 8).map(({ name, reason }) => `  ${harmless(name)}: ${reason}`);
  return [
    ...(leftOut.length === 0 ? [] : ["Not watched:", ...few, ...(leftOut.length > few.length ? [`  and ${leftOut.length - few.length} more, in the report`] : []), ""]),
    headline(tried),
    thresholdText(tried),
    ...[...notes, ...caveats(tried)].map((line) => `- ${harmless(line, 600)}`),
    ...eventLines(tried, clock),
    ...(truth === null ? [] : ["", ...truthLines(truth)]),
  ];
}

function eventLines({ events, signals, period }: Trial, clock: Clock): string[] {
  if (events.length === 0) return [];
  const highest = new Set(events.toSorted((a, b) => b.peak - a.peak).slice(0, listed));
  const rows = events.flatMap((event, at) => {
    const blame = blamed(event, 2).map(({ signal, share }) => `${harmless(signals[signal].name, 22)} ${blameText(share)}`);
    return highest.has(event) ? [[String(at + 1), timeText(clock, event.start, period), lastedText(event), peakText(event.peak), blame.join(", ")]] : [];
  });
  const zone = clock.countedFrom === null ? clock.zone : "since the first row";
  const more = events.length > listed ? [`The ${listed} highest of ${countText(events.length)} events; the report has more.`] : [];
  return ["", ...table(["event", `alarm from (${zone})`, "lasted", "peak", "to blame, by share of the score"], rows), ...more];
}

function truthLines(truth: NonNullable<Trial["truth"]>): string[] {
  const { counts, faultShare } = truth.figures;
  const known = counts.truePositive + counts.falsePositive + counts.trueNegative + counts.falseNegative;
  if (known === 0) return [`No judged row has both a score and a known truth in ${harmless(truth.name)}.`];
  const rows = figureLines(truth).map(({ name, value, interval, chance }) => [name, value, interval, chance]);
  return [
    ...table(["against the recorded truth", "value", "95 % interval", "chance"], rows),
    `On ${counted(known, "row")} of ${harmless(truth.name)}, ${shareText(faultShare)} of them in a fault; ${counted(counts.unknown, "row")} unknown. Chance: what knowing nothing gets.`,
  ];
}

/** What --json prints of a trial: everything but the pictures and the model's bytes. */
export function trialFacts(tried: Trial) {
  const { training, judged: rest, signals, leftOut, events, unknown, truth, model, period, window, stretches } = tried;
  return {
    headline: headline(tried),
    notes: [thresholdText(tried), ...caveats(tried)],
    period,
    window,
    stretches: stretches.map(({ start, end, rows: own }) => ({ start, end, rows: own })),
    training,
    judged: { ...rest, knownTime: knownTime(tried), alarmShare: alarmShare(tried) },
    signals: signals.map(({ name, unit, role, centre, spread }) => ({ name, unit, role, centre, spread })),
    leftOut,
    events: events.map(({ start, end, cutOff, peak, peakAt, blame }) => ({ start, end, cutOff, peak, peakAt, blame: blame.map(({ signal, ...shares }) => ({ signal: signals[signal].name, ...shares })) })),
    unknown: unknown.map(({ start, end, missing }) => ({ start, end, missing: missing.map((signal) => signals[signal].name) })),
    truth: truth && { name: truth.name, recordedFaults: truth.faults, ...truth.figures },
    model: { digest: model.digest, recipe: model.recipe, thresholds: model.thresholds, provisional: model.provisional },
  };
}
