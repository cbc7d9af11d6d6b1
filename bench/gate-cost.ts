import { readdirSync, readFileSync } from "node:fs";
import { second } from "../src/schema/time.ts";
import { isFaulty, PlantRecorder, plantStart, type Plant } from "./synthetic.ts";
import { onNewSite, timed } from "./temporary.ts";

const plant: Plant = { signals: 50, seed: 11, start: plantStart };
const blocks = 1_000;
const blockRows = 1_000;
/** Blocks that teach the first model; the others are judged on arrival. */
const firstBlocks = 40;
/** Blocks imported at a time. */
const pieceBlocks = 40;
const operator = { name: "bench", origin: "person", scoreShown: false } as const;

/** What a turn costs whose evidence is long. */
export interface GateCost {
  readonly blocks: number;
  readonly rows: number;
  readonly signals: number;
  /** Blocks on which champion and challenger met. */
  readonly evidence: number;
  readonly seconds: number;
  /** Of the site's process, and of the one that learns. */
  readonly peakMiB: number;
  readonly learningPeakMiB: number;
  readonly decision: string;
}

/** A turn with 1,000 answered blocks of 1,000 rows of 50 signals: learning, proof on all of them, verdict, ledger. */
export async function gateCost(say: (text: string) => void): Promise<GateCost> {
  return await onNewSite(async (site) => {
    const recorder = new PlantRecorder(plant);
    for (let block = 0; block < blocks; block += pieceBlocks) {
      const { intake } = await site.import(recorder.next(pieceBlocks * blockRows), { asset: "plant", warmUpRows: 0, blockRule: { by: "duration", length: blockRows * second } });
      for (let one = block; one < block + pieceBlocks; one++) for (const { start, end, isFault } of stretches(one)) await site.label(intake.asset, { start, end }, { answer: isFault ? "fault" : "normal", faultKind: null, certainty: 1 }, operator);
      if (block + pieceBlocks === firstBlocks) await site.turn(intake.wheel, "first");
      if ((block + pieceBlocks) % 200 === 0) say(`cost: ${block + pieceBlocks} of ${blocks} blocks taken in, judged and answered`);
    }
    const wheel = await site.wheel();
    await site.turn(wheel, "hand"); // makes the sums of the blocks since the first turn
    const { seconds, result } = await timed(() => site.turn(wheel, "hand"));
    return { blocks, rows: blockRows, signals: plant.signals, evidence: result.verdict?.figures.blocks ?? 0, seconds, peakMiB: peakMiB("self"), learningPeakMiB: Math.max(0, ...childProcesses().map(peakMiB)), decision: result.verdict?.decision ?? "none" };
  });
}

/** The stretches of a block that are a fault, and those that are not. */
function stretches(block: number): { start: number; end: number; isFault: boolean }[] {
  const found: { start: number; end: number; isFault: boolean }[] = [];
  for (let row = block * blockRows; row < (block + 1) * blockRows; row++) {
    const [at, isFault, last] = [plant.start + row * second, isFaulty(row), found.at(-1)];
    if (last?.isFault === isFault) last.end = at + second;
    else found.push({ start: at, end: at + second, isFault });
  }
  return found;
}

function childProcesses(): string[] {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && parentOf(pid) === String(process.pid));
}

function parentOf(pid: string): string | undefined {
  try {
    return /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  } catch {
    return undefined; // it has ended
  }
}

const peakMiB = (pid: string): number => Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024);
