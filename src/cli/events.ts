import { defineCommand } from "citty";
import { faultsOf } from "../review/truth.ts";
import type { Missed } from "../wheel/missed.ts";
import { trueLabels } from "../wheel/origin.ts";
import { onSite, timeOf, wholeOf } from "./options.ts";
import { percentText, printJson, printLines, spanText, timeText } from "./output.ts";
import { withSite } from "./session.ts";
import { table } from "./table.ts";

export const eventsCommand = defineCommand({
  meta: { name: "events", description: "What the model in force found, newest last, with the signals to blame and what has been answered; and how much it missed, as the audits say." },
  args: {
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    since: { type: "string", description: "Only events that last beyond this time", valueHint: "TIME" },
    limit: { type: "string", description: "At most this many, the newest", default: "50", valueHint: "N" },
    ...onSite,
  },
  async run({ args }) {
    await withSite(args.data, false, async (site) => {
      const { records } = site.store;
      const wheel = await site.wheel(args.wheel);
      const limit = wholeOf("limit", args.limit, 1);
      const events = await records.events({ wheel: wheel.id, limit, ...(args.since !== undefined && { since: timeOf("since", args.since) }) });
      const names = new Map((await records.signals(wheel.asset)).map(({ id, name }) => [id, name]));
      const labels = await trueLabels({ asset: wheel.asset }, site); // what a model said is no answer
      const answerTo = (event: (typeof events)[number]): string => {
        const own = labels.findLast((label) => label.event === event.id);
        if (own !== undefined) return own.faultKind === null ? own.answer : `${own.answer}: ${own.faultKind}`;
        const within = { start: event.start, end: event.end ?? event.start + 1 };
        if (faultsOf(labels, within).length > 0) return "overlaps a known fault";
        return labels.some(({ answer, start, end }) => answer === "normal" && start <= within.start && end >= within.end) ? "normal" : "";
      };
      const blame = (event: (typeof events)[number]): string =>
        event.contributions.slice(0, 3).map(({ signal, share }) => `${names.get(signal) ?? signal} ${percentText(share)}`).join(", ");
      const missed = await site.missed(wheel, args.since === undefined ? undefined : timeOf("since", args.since));
      if (args.json) return printJson({ events: events.map((event) => ({ ...event, answered: answerTo(event) })), missed });
      if (events.length === 0) return printLines(["No events.", "", ...missedLines(missed)]);
      const rows = events.map((event) => [event.id, timeText(event.start), event.end === null ? "lasts" : spanText(event.end - event.start), `${event.peak.toFixed(2)} x`, blame(event), answerTo(event)]);
      printLines([...table(["event", "start", "lasted", "peak", "to blame", "answered"], rows), "", "Peak: the highest score, as a multiple of the threshold. Answer with `millrace label EVENT fault|normal|unsure`.", "", ...missedLines(missed)]);
    });
  },
});

/** What goes unnoticed, in words; never a figure without the range it may lie in. */
function missedLines({ isEnough, text, missedOfFaults: { estimate, low, high }, have, share, interval }: Missed): string[] {
  const since = `Missed since ${timeText(interval.start)}:`;
  if (!isEnough) return [`${since} ${text}${have === 0 ? "" : ` So far ${rangeText(share.low, share.high)} of quiet stretches held a fault that no event marked.`}`];
  return [`${since} ${text}`, ...(estimate === null ? [] : [`Of all stretches with a fault that is ${percentText(estimate)} (${rangeText(low, high)}).`])];
}

const rangeText = (low: number | null, high: number | null): string => `${percentText(low ?? NaN)} to ${percentText(high ?? NaN)}`;
