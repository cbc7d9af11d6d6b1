/** What the values of a column are like: the ground for guesses about what it is. */
export interface ColumnFacts {
  readonly known: number;
  readonly whole: boolean;
  /** Never falls, and rises at least once. */
  readonly rising: boolean;
  /** Goes up by exactly one from row to row, for 20 rows or more. */
  readonly numbering: boolean;
  /** Different values, ascending; `null` when there are more than 64. */
  readonly distinct: readonly number[] | null;
  /** Known values that differ from the known value before. */
  readonly changes: number;
}

const mostDistinct = 64;

/** One pass over `values`; gaps (`NaN`) are skipped. */
export function factsOf(values: Float64Array): ColumnFacts {
  let known = 0;
  let changes = 0;
  let steps = 0;
  let whole = true;
  let falls = false;
  let previous = Number.NaN;
  let distinct: Set<number> | null = new Set();
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (known > 0 && value !== previous) {
      changes++;
      if (value < previous) falls = true;
      if (value === previous + 1) steps++;
    }
    known++;
    whole &&= Number.isInteger(value);
    if (distinct !== null && value !== previous && distinct.add(value).size > mostDistinct) distinct = null;
    previous = value;
  }
  return {
    known,
    whole,
    rising: changes > 0 && !falls,
    numbering: whole && known >= 20 && steps === known - 1,
    distinct: distinct === null ? null : [...distinct].sort((a, b) => a - b),
    changes,
  };
}

/** Whether nothing but 0 and 1 was seen; both, when `both` is asked for. */
export function isBinary({ distinct }: ColumnFacts, both: boolean): boolean {
  if (distinct === null || distinct.length === 0) return false;
  return distinct.every((value) => value === 0 || value === 1) && (!both || distinct.length === 2);
}

const pairs: readonly (readonly [string, string])[] = [
  ["false", "true"], ["off", "on"], ["no", "yes"], ["aus", "ein"], ["nein", "ja"], ["falsch", "wahr"], ["closed", "open"], ["zu", "auf"],
];

/** 0 or 1 for each text, when all of them are the words of one pair; else `null`. */
export function flagWords(texts: readonly string[]): number[] | null {
  const lower = texts.map((text) => text.toLowerCase());
  const pair = pairs.find((pair) => lower.length > 0 && lower.every((text) => pair.includes(text)));
  return pair === undefined ? null : lower.map((text) => pair.indexOf(text));
}

const truths: ReadonlyMap<string, number> = new Map([
  ...["normal", "ok", "good", "healthy", "0", "false", "no"].map((word) => [word, 0] as const),
  ...["anomaly", "anomalous", "abnormal", "fault", "faulty", "failure", "bad", "broken", "defect", "nok", "1", "true", "yes"].map(
    (word) => [word, 1] as const,
  ),
]);

/** 0 (normal) or 1 (fault) for each text of a label, when all of them say which; else `null`. */
export function truthWords(texts: readonly string[]): number[] | null {
  const found = texts.map((text) => truths.get(text.toLowerCase()));
  return found.length > 0 && found.every((value) => value !== undefined) ? found : null;
}
