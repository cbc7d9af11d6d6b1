import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Features } from "../src/learn/matrix.ts";
import { hash32, randomFrom, type Random } from "../src/learn/random.ts";
import { fitRandomTrees } from "../src/learn/trees/fit-random.ts";
import { outputsOf } from "../src/learn/trees/score-forest.ts";
import { refusalOf, type Origin } from "../src/schema/origin.ts";
import { MillraceError } from "../src/errors.ts";
import type { Site } from "../src/site.ts";
import { takeWithin, type Weighed } from "../src/learn/within.ts";
import { tepDirectory } from "./accuracy-tep.ts";
import { mean, type Bench, type Goal, type Outcome, type Run } from "./result.ts";
import { onNewSite } from "./temporary.ts";

/** What becomes of a model that is taught by its own answers, and of one that is not, over eight generations. */
export const photocopy: Bench = {
  name: "photocopy",
  summary: "eight generations of models that label for their successors, under six policies, under Millrace's, and under the most that its setting lets",
  needs: "Tennessee Eastman (10 MB)",
  takes: "four minutes",
  parts: [],
  run: (run) => onNewSite((site) => runPhotocopy(run, site)),
};

const generations = 8;
const seeds = [1, 2, 3];
const firstLabels = 30;
const offeredEach = 1000;
/** What operators answer a generation: two of a hundred of what the model labels. */
const answeredEach = 20;
/** Left out: hardly visible, by common practice. */
const invisible = [3, 9, 15];
const window = 20;
const trees = 100;
const normalRows = 160;

/** Rows with their truth, which only the exam and the operators know. */
interface Rows {
  readonly features: Features;
  readonly classes: Int32Array;
}

/** A labelled row of the pool. */
interface Labelled {
  readonly row: number;
  readonly label: number;
  readonly origin: Origin;
}

interface Generation {
  /** Every label known before, in the order in which they came. */
  readonly before: readonly Labelled[];
  /** What the model of the last generation says of fresh rows. */
  readonly own: readonly Labelled[];
  /** What operators say of a few of them. */
  readonly answered: readonly Labelled[];
  readonly first: readonly Labelled[];
  readonly random: Random;
}

/** Most that labels of its own may weigh where they are let teach: the end of the range. */
const mostOwn = 0.6;

interface Policy {
  readonly name: string;
  /** What the next generation learns from. */
  readonly next: (one: Generation) => readonly Labelled[];
}

const withShareOfReal = (share: number): Policy => ({
  name: `${share * 100} % real`,
  next: ({ own, first, random }) => [...own.slice(0, Math.round(offeredEach * (1 - share))), ...Array.from({ length: Math.round(offeredEach * share) }, () => first[Math.floor(random() * first.length)])],
});

/**
 * What the product lets teach: the rule of origin and the bound themselves, so that a change of either is seen here. A label is what a
 * block is there, and as here they are offered by lot.
 */
function admitted(labels: readonly Labelled[], generated = 0): readonly Labelled[] {
  const real = labels.filter(({ origin }) => refusalOf(origin, "sensor", "threshold") === null);
  const offered = labels.filter(({ origin }) => refusalOf(origin, "sensor", "threshold") !== null && refusalOf(origin, "sensor", "train", generated) === null);
  const byLot = offered.map((one) => ({ one, lot: hash32(String(one.row), 0x9e4e7a) })).toSorted((a, b) => a.lot - b.lot);
  return takeWithin(real, byLot.map(({ one }) => [one]), generated, labelledRows).total;
}

const labelledRows: Weighed<readonly Labelled[]> = {
  merge: (a, b) => [...a, ...b],
  weights: (labels) => new Map(Array.from(Map.groupBy(labels, ({ label }) => String(label)), ([label, { length }]) => [label, length])),
};

const policies: readonly Policy[] = [
  { name: "replace by own labels", next: ({ own }) => own },
  withShareOfReal(0.1),
  withShareOfReal(0.25),
  withShareOfReal(0.5),
  { name: "accumulate, real always kept", next: ({ before, own }) => [...before, ...own] },
  { name: "accumulate, and 2 % answered", next: ({ before, own, answered }) => [...before, ...own, ...answered] },
  { name: "millrace", next: ({ before, own, answered }) => admitted([...before, ...own, ...answered]) },
  { name: `millrace, own labels let to ${mostOwn}`, next: ({ before, own, answered }) => admitted([...before, ...own, ...answered], mostOwn) },
];

async function runPhotocopy({ say }: Run, site: Site): Promise<Outcome> {
  const faults = Array.from({ length: 21 }, (_, at) => at + 1).filter((fault) => !invisible.includes(fault) && existsSync(fileOf(fault, true)) && existsSync(fileOf(fault, false)));
  if (faults.length === 0) throw new Error(`Cannot find Tennessee Eastman in ${tepDirectory}: set MILLRACE_BENCH_DATA to the folder that holds tennessee-eastman/`);
  const [pool, exam] = [rowsOf(faults, false), rowsOf(faults, true)];
  const figures: { name: string; accuracy: number[]; worstRecall: number[] }[] = [];
  const { id } = (await site.store.records.site()) ?? { id: "" };
  await site.store.records.write([{ put: "asset", value: { id: site.ports.newId(), site: id, parent: null, name: "plant", createdAt: site.ports.now() } }]);
  for (const policy of policies) {
    const runs: Judged[][] = [];
    for (const seed of seeds) runs.push(await lineage(policy, pool, exam, faults.length, seed, policy.name === "millrace" && seed === seeds[0] ? site : null));
    const meanAt = (of: (one: Judged) => number) => runs[0].map((_, at) => mean(runs.map((run) => of(run[at]))));
    const one = { name: policy.name, accuracy: meanAt(({ accuracy }) => accuracy), worstRecall: meanAt(({ worstRecall }) => worstRecall) };
    say(`${one.name}: accuracy ${one.accuracy.map((value) => value.toFixed(3)).join(" ")}; worst recall ${one.worstRecall.map((value) => value.toFixed(2)).join(" ")}`);
    figures.push(one);
  }
  const refused = (await site.refused()).map(({ count = 1, code }, at) => ({ generation: at + 1, labels: count, code }));
  return { figures: { faults, policies: figures, refused }, goals: goalsOf(figures), notes: notes(faults), variantsTried: 0 };
}

function goalsOf(figures: readonly { name: string; accuracy: number[]; worstRecall: number[] }[]): Goal[] {
  const own = figures.findIndex(({ name }) => name === "millrace");
  const { accuracy, worstRecall } = figures[own];
  return [
    { figure: `policies.${own}.accuracy.${generations}`, got: accuracy[generations], atLeast: accuracy[0] - 0.005 },
    { figure: `policies.${own}.worstRecall.${generations}`, got: worstRecall[generations], atLeast: worstRecall[0] - 0.05 },
  ];
}

const notes = (faults: readonly number[]): string[] => [
  `The ${faults.length} visible faults at hand. Each starts with ${firstLabels} real labels; each generation labels ${offeredEach} rows that no generation has seen; operators answer ${answeredEach} of them. The exam is rows ${normalRows + 1} on of the test files, the same for all, and teaches nobody.`,
  `Mean, spread and last value of 52 signals over ${window} rows (156 features), ${trees} extremely randomised trees; mean of ${seeds.length} seeds. accuracy and worstRecall: of the first model and of each generation after it; of worst recall, the worst fault of each generation.`,
  "millrace: what refusalOf lets teach, the rule that the product itself goes by: answers of people. What its models say of the rows is offered to a site each generation, of the first seed, as a table of labels; refused is what the site itself lists as turned away.",
  `millrace, own labels let to ${mostOwn}: the same with the setting at its end, where labels of its own teach up to ${mostOwn} of the real ones of each class. On a site such a model would also have to prove itself better than the one above; here it goes on without.`,
];

interface Judged {
  readonly accuracy: number;
  readonly worstRecall: number;
}

/** One line of models, each taught by what its policy makes of the one before. */
async function lineage({ next }: Policy, pool: Rows, exam: Rows, classes: number, seed: number, offeredTo: Site | null): Promise<Judged[]> {
  const random = randomFrom(seed * 977);
  const order = shuffled(pool.classes.length, random);
  const taken = new Int32Array(classes);
  const isFirst = Array.from(order, (row) => taken[pool.classes[row]]++ < firstLabels);
  const real = (row: number): Labelled => ({ row, label: pool.classes[row], origin: "person" });
  const first = Array.from(order).filter((_, at) => isFirst[at]).map(real);
  const rest = Array.from(order).filter((_, at) => !isFirst[at]);
  let labelled: readonly Labelled[] = first;
  const judged: Judged[] = [];
  for (let generation = 0; ; generation++) {
    const model = await taught(pool, labelled, classes, seed + generation * 131);
    judged.push(judgedOn(exam, model(exam.features), classes));
    if (generation === generations) return judged;
    const fresh = Array.from({ length: offeredEach }, (_, at) => rest[(generation * offeredEach + at) % rest.length]);
    const said = model(rowsAt(pool.features, fresh));
    const own = fresh.map((row, at): Labelled => ({ row, label: said[at], origin: "model" }));
    if (offeredTo !== null) await offer(own, offeredTo);
    const answered = fresh.slice(0, answeredEach).map(real);
    labelled = next({ before: labelled, own, answered, first, random });
  }
}

/** Offers what a model says to a site as a table of labels of an asset, a minute a row. */
async function offer(own: readonly Labelled[], site: Site): Promise<void> {
  const start = Date.UTC(2026, 0, 1);
  const lines = own.map(({ row, label }) => ["plant", ...[row, row + 1].map((minute) => new Date(start + minute * 60_000).toISOString()), "fault", `class ${label}`, "a model"].join(","));
  await site.takeOrders(["asset,start,end,answer,kind,author", ...lines].join("\n"), { origin: "model" }).catch((error: unknown) => {
    if (!(error instanceof MillraceError) || !error.code.startsWith("prove.")) throw error;
  });
}

async function taught(pool: Rows, labelled: readonly Labelled[], classes: number, seed: number): Promise<(features: Features) => Int32Array> {
  const teaching = { features: rowsAt(pool.features, labelled.map(({ row }) => row)), targets: Float64Array.from(labelled, ({ label }) => label), weights: new Float64Array(labelled.length).fill(1) };
  const { forest } = await fitRandomTrees(teaching, { classes, trees, tried: Math.round(Math.sqrt(pool.features.columns)), leastLeaf: 1, leaves: 400_000, seed }, null);
  return (features) => {
    const outputs = outputsOf(forest, features);
    return Int32Array.from({ length: features.rows }, (_, row) => {
      let best = 0;
      for (let one = 1; one < classes; one++) if (outputs[row * classes + one] > outputs[row * classes + best]) best = one;
      return best;
    });
  };
}

function judgedOn({ classes: truth }: Rows, said: Int32Array, classes: number): Judged {
  const [right, all] = [new Float64Array(classes), new Float64Array(classes)];
  for (let row = 0; row < truth.length; row++) {
    all[truth[row]]++;
    if (said[row] === truth[row]) right[truth[row]]++;
  }
  const sum = (values: Float64Array): number => values.reduce((so, value) => so + value, 0);
  return { accuracy: sum(right) / sum(all), worstRecall: Math.min(...right.map((value, one) => value / all[one])) };
}

const fileOf = (fault: number, isTest: boolean): string => join(tepDirectory, `d${String(fault).padStart(2, "0")}${isTest ? "_te" : ""}.dat`);

/** The rows of all faults: of the training files all whose window is full, of the test files those after the fault's start. */
function rowsOf(faults: readonly number[], isTest: boolean): Rows {
  const values: number[] = [];
  const classes: number[] = [];
  for (const [code, fault] of faults.entries()) {
    const table = readFileSync(fileOf(fault, isTest), "utf8").trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number));
    for (let row = isTest ? normalRows : window - 1; row < table.length; row++) {
      const past = table.slice(Math.max(isTest ? normalRows - window : 0, row - window + 1), row + 1);
      for (let signal = 0; signal < table[row].length; signal++) values.push(...summaryOf(past.map((one) => one[signal])));
      classes.push(code);
    }
  }
  return { features: { rows: classes.length, columns: values.length / classes.length, values: Float32Array.from(values) }, classes: Int32Array.from(classes) };
}

function summaryOf(past: readonly number[]): number[] {
  const centre = mean(past);
  return [centre, Math.sqrt(mean(past.map((value) => (value - centre) ** 2))), past[past.length - 1]];
}

function rowsAt({ columns, values }: Features, rows: readonly number[]): Features {
  const picked = new Float32Array(rows.length * columns);
  for (const [at, row] of rows.entries()) picked.set(values.subarray(row * columns, (row + 1) * columns), at * columns);
  return { rows: rows.length, columns, values: picked };
}

/** Fisher and Yates. */
function shuffled(many: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: many }, (_, at) => at);
  for (let at = many - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}
