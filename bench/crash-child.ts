// A site at work, to be killed: imports run after run, answers each with its recorded truth, turns, and
// prints one line of JSON for each thing that it was promised is durable. Arguments: directory, first run, files.
import { readRecording } from "../src/capture/recording.ts";
import { day } from "../src/schema/time.ts";
import { openSite } from "../src/site.ts";
import type { Acknowledged } from "./crash-facts.ts";

const [directory = "", first = "0", ...files] = process.argv.slice(2);
const start = Date.UTC(2026, 0, 1) * 1000;
const acknowledge = (fact: Acknowledged): void => void process.stdout.write(`${JSON.stringify(fact)}\n`);

const site = await openSite(directory, { create: true });
acknowledge({ what: "ready" });
for (let run = Number(first); ; run++) {
  const recording = await readRecording(files[run % files.length]);
  const { intake } = await site.import(recording, { asset: "pump", warmUpRows: 400, startAt: start + run * day });
  for (const { id, start: from, end } of intake.blocks) acknowledge({ what: "samples", block: id, start: from, end, samples: countDistinct(recording.times) * recording.columns.length });
  acknowledge({ what: "labels", ids: (await site.labelByTruth(recording, intake)).map(({ id }) => id) });
  const turn = await site.turn(intake.wheel, "answers");
  const line = await site.store.records.turnLine(turn.id);
  acknowledge({ what: "turn", run, id: turn.id, line: line?.number ?? 0, hash: line?.hash ?? "" });
}

/** Of equal times the last counts, so as many samples of each signal can be read back. */
function countDistinct(times: Float64Array): number {
  return new Set(times).size;
}
