import { labelRank, maybeLabel } from "../capture/guess.ts";
import { factsOf } from "../capture/column-facts.ts";
import { shown } from "../capture/name.ts";
import type { LeftOutColumn, TableFile } from "../capture/table-file.ts";
import { MillraceError } from "../errors.ts";
import { faultsIn, type FaultWindows } from "./fault-windows.ts";
import { blocksOf, stretchesOf, usualBlocks, type BlockBy, type RowsToCut } from "./rows-blocks.ts";
import { groupsBy, togetherByGroup, type Groups } from "./rows-groups.ts";
import { filesOfRows, inputsOf, joinedNumbers, joinTables, namedColumn, type JoinedRows } from "./rows-joined.ts";
import { changesWithinFiles, examRows, stratifiedFolds, unitFolds, usualFolds } from "./rows-split.ts";
import { classTarget, faultTarget, numberTarget, remainingLife } from "./rows-target.ts";
import type { StudyAbout } from "./study-reported.ts";
import type { StudySplit } from "./study-report.ts";
import type { StudyColumn, StudyKind, StudyRequest, TableSet } from "./study-request.ts";
import { cutRows, pickRows, rowsWhere } from "./table-set.ts";

/** A question about tables that were read. Columns are named as the tables have them, or `file`, `folder`, `file:PATTERN`. */
export interface TableQuestion {
  readonly kind: StudyKind;
  readonly train: readonly TableFile[];
  /** Files that judge; none for an exam or folds. */
  readonly test: readonly TableFile[];
  /** What is to be known. `condition`: the recorded truth, `null` for none, left out to be found by its name. */
  readonly target?: string | null | undefined;
  readonly group?: string | undefined;
  readonly order?: string | undefined;
  /** What was left of each group's life at its last row to be judged, in the order of groups. */
  readonly truth?: TableFile | undefined;
  readonly windows?: FaultWindows | undefined;
  readonly zone?: string | undefined;
  readonly block?: BlockBy | undefined;
  readonly folds?: number | undefined;
  /** Rows dealt out by class, or never; left out, where nothing ties them together. */
  readonly stratified?: boolean | undefined;
  readonly cap?: number | null | undefined;
  readonly lag?: number | undefined;
  readonly targetLags?: number | undefined;
  readonly seed?: number | undefined;
  readonly budgetSeconds?: number | undefined;
}

/** Rows put together: what a request is made of, the split aside. */
interface Assembled {
  readonly set: TableSet;
  readonly teaching: number;
  readonly block: string;
  readonly group: string | null;
  readonly leftOut: readonly LeftOutColumn[];
  readonly remarks: readonly string[];
}

/** A question put together, and what a report says of it. */
export interface TableStudy {
  readonly request: StudyRequest;
  readonly asked: StudyAbout["asked"];
}

/**
 * Puts tables together as one question: target, groups and blocks by row, what may be looked at, and how
 * learning and judging are kept apart. Says so when something that was asked for makes no sense.
 *
 * Memory: 8 bytes a cell, beside the tables. Throws MillraceError `study.*`, `capture.no-column`,
 * `capture.bad-label`.
 */
export function tableStudy(question: TableQuestion): TableStudy {
  requireSense(question);
  const { kind, train, test, truth, lag = 0, targetLags = 0, cap = null, seed = 1, budgetSeconds = 60 } = question;
  const joined = joinTables(train, test);
  const assembled = assemble(question, joined);
  const { set, teaching } = assembled;
  const taught = test.length === 0 ? set : cutRows(set, 0, teaching);
  const split: Split = test.length > 0 ? { train: taught, test: cutRows(set, teaching, set.rows), folds: null, how: "test-files", words: "Files of their own judge." } : splitOf(question, taught, assembled);
  const byGroup = kind === "classify" && set.groups !== null && !changesWithinGroups(set);
  const mixed = kind === "classify" && set.groups !== null && !byGroup ? [`${shown(set.target?.name ?? "")} changes within groups: judged row by row`] : [];
  const request: StudyRequest = {
    kind,
    train: split.train,
    test: split.test,
    folds: split.folds,
    split: split.words,
    judgedBy: byGroup || truth !== undefined ? "group" : "row",
    lag,
    targetLags,
    cap,
    seed,
    budgetSeconds,
    remarks: [...fileRemarks([...train, ...test]), ...assembled.remarks, ...mixed],
  };
  return { request, asked: askedOf(question, request, assembled, split) };
}

function askedOf({ train, test, truth, order }: TableQuestion, { kind, train: taught, lag, targetLags, cap, seed, budgetSeconds, judgedBy }: StudyRequest, { leftOut, group, block }: Assembled, { how, folds, words }: Split): StudyAbout["asked"] {
  const files = (own: readonly TableFile[], use: "train" | "test" | "truth") => own.map(({ name, digest, bytes, rows }) => ({ name, digest, bytes, rows, use }));
  return {
    files: [...files(train, "train"), ...files(test, "test"), ...files(truth === undefined ? [] : [truth], "truth")],
    target: { name: taught.target?.name ?? "", unit: kind === "remaining-life" ? (order ?? "rows") : null },
    inputs: taught.inputs.map(({ name }) => name),
    leftOut,
    group,
    order: order ?? null,
    lags: lag,
    targetLags,
    cap,
    positive: null,
    seed,
    budgetSeconds,
    split: { how, folds: folds?.count ?? null, words, block, trainBlocks: taught.blockCount, trainRows: taught.rows, judges: judgedBy },
  };
}

function requireSense({ kind, train, test, group, order, truth, folds, stratified, lag = 0, targetLags = 0 }: TableQuestion): void {
  const refuse = (seen: string, hint: string): never => {
    throw new MillraceError("study.no-sense", `Cannot put this question: ${seen}`, { hint });
  };
  if (folds !== undefined && test.length > 0) refuse("folds and files that judge were both named", "Leave out --folds or --test.");
  if (folds !== undefined && folds < 2) refuse(`${folds} folds`, "At least two are needed, so that each can be judged by the others.");
  if (stratified === true && kind !== "classify") refuse("only classes can be dealt out evenly", "Leave out --stratified; --folds keeps blocks whole.");
  if (stratified === true && group !== undefined) refuse("rows of a group belong together and cannot be dealt out", "Leave out --stratified or --group.");
  if (stratified === true && lag + targetLags > 0) refuse("the past of a row would stand in another fold", "Leave out --stratified or --lag.");
  if (truth !== undefined && (kind !== "remaining-life" || test.length === 0)) refuse("a truth says what was left of the groups of --test", "Name the files to be judged with --test.");
  if (order !== undefined && group === undefined && kind !== "remaining-life") refuse("--order without groups", "Name the groups with --group.");
  const twice = test.find(({ digest, rowNumbers }) => train.some((other) => other.digest === digest && overlap(other.rowNumbers, rowNumbers)));
  if (twice !== undefined) refuse(`${shown(twice.name)} both teaches and judges`, "Judge by rows that did not teach: other files, or other rows with --rows train:1..400,test:401..");
}

const overlap = (a: Float64Array, b: Float64Array): boolean => a[0] <= b[b.length - 1] && b[0] <= a[a.length - 1];

function assemble(question: TableQuestion, joined: JoinedRows): Assembled {
  const { kind, order } = question;
  const group = question.group ?? (kind === "remaining-life" ? "file" : undefined);
  const orderColumn = order === undefined ? null : namedColumn(joined, order);
  const groups = group === undefined ? null : groupsBy(joined, namedColumn(joined, group), orderColumn, kind);
  const blockColumn = question.block?.by === "column" ? namedColumn(joined, question.block.column) : null;
  const { target, aside } = targetOf(question, joined, groups);
  const { inputs, leftOut, remarks } = inputsOf(joined, new Set([question.target, group, order, blockColumn?.name, target?.name, ...aside.map(({ name }) => name)].filter((name) => typeof name === "string")));

  const placed = groups === null ? null : togetherByGroup(groups);
  const move = (values: Float64Array): Float64Array => (placed === null ? values : Float64Array.from(placed, (row) => values[row]));
  const moveWhole = (values: Int32Array): Int32Array => (placed === null ? values : placed.map((row) => values[row]));
  const moved = (column: StudyColumn): StudyColumn => ({ ...column, values: move(column.values) });
  const times = joinedNumbers(joined, (file) => file.times);
  const cut: RowsToCut = {
    joined,
    files: moveWhole(filesOfRows(joined)),
    groups: groups === null ? null : moveWhole(groups.of),
    groupName: group ?? null,
    times: times === null ? null : move(times),
    rowNumbers: move(joinedNumbers(joined, (file) => file.rowNumbers) ?? new Float64Array(joined.rows)),
  };
  const blocks = blocksOf(cut, question.block ?? null, blockColumn === null ? null : moved(blockColumn), Math.max(usualBlocks, question.folds ?? 0));
  const set: TableSet = {
    rows: joined.rows,
    inputs: inputs.map(moved),
    target: target === null ? null : moved(target),
    times: cut.times,
    order: groups === null ? null : move(groups.order),
    groups: cut.groups,
    groupNames: groups?.names ?? [],
    blocks: blocks.of,
    blockCount: blocks.count,
    stretches: stretchesOf(cut),
    files: joined.files.map(({ name, digest }) => ({ name, digest })),
    rowNumbers: cut.rowNumbers,
  };
  return { set, teaching: joined.teaching, block: blocks.what, group: group ?? null, leftOut: [...leftOut, ...aside], remarks: [...(groups?.remarks ?? []), ...remarks, ...unknownTargets(target), ...unknownTimes(joined, times)] };
}

/** The target by row, and columns that would give it away. */
function targetOf(question: TableQuestion, joined: JoinedRows, groups: Groups | null): { target: StudyColumn | null; aside: { name: string; reason: string }[] } {
  const { kind, target: name } = question;
  if (kind === "condition") return conditionTruth(question, joined);
  if (kind === "remaining-life") {
    if (groups === null) throw new RangeError("Cannot tell a remaining life: no groups");
    const values = remainingLife({ groups: groups.of, count: groups.names.length, order: groups.order }, truthByGroup(question, joined, groups));
    for (const [row, flag] of groups.unknown.entries()) if (flag === 1) values[row] = Number.NaN;
    return { target: numberTarget({ name: "remaining life", values, levels: null }, joined.teaching), aside: [] };
  }
  if (typeof name !== "string") throw new MillraceError("study.no-sense", "Cannot put this question: it is not said what is to be known", { hint: "Name the column with --target." });
  const column = namedColumn(joined, name);
  const values = groups === null ? column.values : column.values.map((value, row) => (groups.unknown[row] === 1 ? Number.NaN : value));
  return { target: (kind === "classify" ? classTarget : numberTarget)({ ...column, values }, joined.teaching), aside: [] };
}

/** Recorded truth: windows, the named column, or one that is called so; other columns that are called so are set aside. */
function conditionTruth({ target: name, windows, zone, test }: TableQuestion, joined: JoinedRows): { target: StudyColumn | null; aside: { name: string; reason: string }[] } {
  const names = [...new Set(joined.files.flatMap(({ columns }) => columns.map((column) => column.name)))].filter((one) => labelRank(one) !== null);
  const called = names.map((one) => namedColumn(joined, one)).filter((column) => column.levels === null && maybeLabel(column.name, factsOf(column.values)));
  const best = called.toSorted((a, b) => (labelRank(a.name) ?? 9) - (labelRank(b.name) ?? 9)).at(0);
  const chosen = windows !== undefined || name === null ? null : name === undefined ? (best ?? null) : namedColumn(joined, name);
  const aside = called.filter((column) => column.name !== chosen?.name).map((column) => ({ name: column.name, reason: "it is called like recorded truth" }));
  // A bare list is about the files that are judged, where there are any.
  const isAbout = (file: TableFile) => windows !== undefined && (test.length === 0 || !Array.isArray(windows) || test.includes(file));
  const truthOf = (file: TableFile): Float64Array => (windows !== undefined && isAbout(file) ? faultsIn(file, windows, zone) : new Float64Array(file.rows).fill(Number.NaN));
  if (windows !== undefined) return { target: { name: "fault windows", values: joinedNumbers(joined, truthOf) ?? new Float64Array(0), levels: null }, aside };
  return { target: chosen === null ? null : faultTarget(chosen), aside };
}

/** What was left of each group's life at its last row: NaN where it ran to its end. Throws `study.bad-truth`. */
function truthByGroup({ truth }: TableQuestion, { teaching }: JoinedRows, { of, names }: Groups): Float64Array {
  const left = new Float64Array(names.length).fill(Number.NaN);
  if (truth === undefined) return left;
  const first = teaching === 0 ? 0 : of.subarray(0, teaching).reduce((most, group) => Math.max(most, group), -1) + 1;
  const judged = names.length - first;
  const refuse = (seen: string): never => {
    throw new MillraceError("study.bad-truth", `Cannot use ${shown(truth.name)} as the truth: ${seen}`, { hint: "One number is needed for each group to be judged, in the order in which the groups appear." });
  };
  const column = truth.columns.length === 1 ? truth.columns[0] : undefined;
  if (column === undefined || column.levels !== null) return refuse("it is not one column of numbers");
  if (truth.rows !== judged) return refuse(`it has ${truth.rows} values for ${judged} groups`);
  if (column.values.some((value) => !(value >= 0))) return refuse("a value is unknown or below zero");
  left.set(column.values, first);
  return left;
}

interface Split {
  readonly train: TableSet;
  readonly test: TableSet | null;
  readonly folds: StudyRequest["folds"];
  readonly how: StudySplit["how"];
  readonly words: string;
}

/** How rows are kept apart when no files judge. */
function splitOf({ kind, folds, stratified, seed = 1, group, block, lag = 0, targetLags = 0 }: TableQuestion, set: TableSet, { block: what }: Assembled): Split {
  const free = kind === "classify" && group === undefined && block === undefined && set.times === null && lag + targetLags === 0 && changesWithinFiles(set);
  if (stratified ?? free) {
    const why = stratified === true ? "as was said" : "for no times, groups or blocks are named that tie rows together";
    const count = folds ?? usualFolds;
    return { train: set, test: null, folds: stratifiedFolds(set, count, seed), how: "folds", words: `Each of ${count} folds is judged by a model of the others; rows are dealt out by class, ${why}.` };
  }
  if (folds !== undefined) return { train: set, test: null, folds: unitFolds(kind === "condition" ? { ...set, target: null } : set, folds), how: "folds", words: `Each of ${folds} folds is judged by a model of the others; blocks (${what}) are whole.` };
  const exam = examRows(set);
  const words = kind === "classify" ? `The last quarter of the blocks of each class judges (a block: ${what}).` : `The last quarter of the blocks judges (a block: ${what}).`;
  const part = (flag: number) => {
    const rows = rowsWhere(set, (row) => exam[row] === flag);
    const isWhole = rows.length > 0 && rows[rows.length - 1] - rows[0] === rows.length - 1;
    return isWhole ? cutRows(set, rows[0], rows[0] + rows.length) : pickRows(set, rows); // views hold a long history once
  };
  return { train: part(0), test: part(1), folds: null, how: "exam-at-the-end", words };
}

function changesWithinGroups({ groups, target }: TableSet): boolean {
  const first = new Map<number, number>();
  return (groups ?? []).some((group, row) => {
    const value = target?.values[row] ?? Number.NaN;
    if (Number.isNaN(value)) return false;
    const seen = first.get(group);
    if (seen === undefined) first.set(group, value);
    return seen !== undefined && seen !== value;
  });
}

function unknownTargets(target: StudyColumn | null): string[] {
  const unknown = target?.values.reduce((count, value) => (Number.isNaN(value) ? count + 1 : count), 0) ?? 0;
  return unknown === 0 ? [] : [`${unknown} of ${target?.values.length} rows have no known ${shown(target?.name ?? "")}: they neither teach nor judge`];
}

function unknownTimes({ files }: JoinedRows, times: Float64Array | null): string[] {
  return times === null && files.some((file) => file.times !== null) ? ["Some of the files hold times and some do not: rows are taken in their order alone"] : [];
}

/** Remarks of the files, those of one kind together: the same of fifty files is said once. */
function fileRemarks(files: readonly TableFile[]): string[] {
  const by = new Map<string, { readonly file: string; readonly text: string; others: number }>();
  for (const { name, remarks } of files) {
    for (const { code, text } of remarks) {
      const own = by.get(code);
      if (own === undefined) by.set(code, { file: name, text, others: 0 });
      else own.others++;
    }
  }
  return [...by.values()].map(({ file, text, others }) => `${file}: ${text}${others === 0 ? "" : `; and the like in ${others} more ${others === 1 ? "file" : "files"}`}`);
}
