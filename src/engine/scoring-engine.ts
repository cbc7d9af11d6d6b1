import { MillraceError } from "../errors.ts";
import type { Engine, Session } from "../learn/engine.ts";
import { ScoringProcess, type Life } from "./scoring-process.ts";

/** ONNX Runtime in processes beside the one that asks. */
export interface ScoringEngine extends Engine {
  /** How often a process was lost since the start. */
  readonly lost: number;
  /** What is amiss now, in words: a process that was lost and does not work again yet. */
  readonly reasons: readonly string[];
  /** Processor seconds of the processes that are. */
  cpuSeconds(): Promise<number>;
  /** Calls back whenever `reasons` have changed. */
  onChange(listener: () => void): void;
  close(): Promise<void>;
}

export interface ScoringEngineOptions {
  /** Processes at most; one session runs in one of them. */
  readonly processes?: number;
  /** Threads of a session: more than one where nothing else has a claim on the processor. */
  readonly threads?: number;
  /** Milliseconds after which a run that has not ended counts as hanging. */
  readonly patience?: number;
}

/** One process and the sessions that belong to it. */
interface Lane {
  readonly process: ScoringProcess;
  sessions: number;
}

/** Sessions from which on another process is worth its memory. */
const sessionsForAnother = 4;

/**
 * Models run in processes of their own: neither a crash of native code nor want of memory there stops
 * whoever asks, and runs never hold it up.
 *
 * A session belongs to the process that has the fewest. When its process is lost it is opened anew in
 * the next, and its runs go on: they are late, and none fails. A model that ends its process again and
 * again is given up until it is opened again: `engine.model-crashes`.
 */
export function scoringEngine({ processes = 1, threads = 1, patience = 60_000 }: ScoringEngineOptions = {}): ScoringEngine {
  const lanes: Lane[] = [];
  const reasons = new Map<Lane, string>();
  const listeners: (() => void)[] = [];
  let lost = 0;
  let last: Lane | undefined;

  const changed = () => {
    for (const listener of listeners) listener();
  };
  const another = (): Lane => {
    const onLost = (why: string) => {
      lost++;
      reasons.set(lane, `The scoring process was lost and is started again: ${why}`);
      changed();
    };
    const onBack = () => {
      reasons.delete(lane);
      changed();
    };
    const lane: Lane = { process: new ScoringProcess({ threads, patience, onLost, onBack }), sessions: 0 };
    lanes.push(lane);
    return lane;
  };
  /** The one with the fewest; among equals the one that got the last, so that pairs are opened crosswise. */
  const choose = (): Lane => {
    const fewest = Math.min(...lanes.map(({ sessions }) => sessions));
    if (lanes.length === 0 || (lanes.length < processes && fewest >= sessionsForAnother)) return another();
    const equals = lanes.filter(({ sessions }) => sessions === fewest);
    return last !== undefined && equals.includes(last) ? last : equals[0];
  };

  return {
    get lost() {
      return lost;
    },
    get reasons() {
      return [...reasons.values()];
    },
    async open(model, again) {
      const lane = choose();
      last = lane;
      lane.sessions++;
      try {
        return await openIn(lane, model, again);
      } catch (error) {
        lane.sessions--;
        throw error;
      }
    },
    async cpuSeconds() {
      const used = lanes.filter(({ process }) => process.hasLife).map(({ process }) => process.call(({ sessions }) => sessions.cpuSeconds()).catch(() => 0));
      return (await Promise.all(used)).reduce((sum, seconds) => sum + seconds, 0);
    },
    onChange: (listener) => void listeners.push(listener),
    close: async () => void (await Promise.all(lanes.map(({ process }) => process.close()))),
  };
}

/** A model as it was loaded in one life of its process. */
interface Opened {
  readonly life: Life;
  readonly session: Promise<{ id: number; inputs: readonly string[]; outputs: readonly string[] }>;
}

/** A session that outlives its process. */
async function openIn(lane: Lane, model: Uint8Array, again?: () => Uint8Array): Promise<Session> {
  const known: { opened: Opened | null; givenUp: MillraceError | null; isClosed: boolean } = { opened: null, givenUp: null, isClosed: false };
  let source: Uint8Array | (() => Uint8Array) = model;
  const inLife = async (life: Life) => {
    if (known.opened?.life !== life) {
      known.opened = { life, session: life.sessions.open(typeof source === "function" ? source() : source) };
      source = again ?? source; // a site has the models of many wheels open for months: their bytes are not kept
    }
    return await known.opened.session;
  };
  const { inputs, outputs } = await lane.process.call(inLife);
  return {
    inputs,
    outputs,
    async run(given, wanted) {
      if (known.isClosed) throw new RangeError("Cannot run a model: its session is closed");
      if (known.givenUp !== null) throw known.givenUp;
      try {
        return await lane.process.call(async (life) => await life.sessions.run((await inLife(life)).id, given, wanted));
      } catch (error) {
        if (error instanceof MillraceError && error.code === "engine.model-crashes") known.givenUp = error;
        throw error;
      }
    },
    async close() {
      if (known.isClosed) return;
      known.isClosed = true;
      lane.sessions--;
      const { opened } = known;
      try {
        await opened?.life.sessions.close((await opened.session).id);
      } catch (error) {
        // With its process it is closed, too.
        if (!(error instanceof MillraceError && error.code === "thread.lost")) throw error;
      }
    },
  };
}
