/** Names of the figures that a study of targets gives; stable, because they are keys of its JSON. */
export type FigureName = ClassFigureName | NumberFigureName | LifeFigureName;

export type ClassFigureName =
  | "accuracy"
  | "balancedAccuracy"
  | "macroF1"
  | "worstRecall"
  | "rejected"
  // Of one class against the rest, where one was named.
  | "f1"
  | "precision"
  | "recall";

export type NumberFigureName = "rmse" | "mae" | "r2" | "r2OfJudged" | "bias" | "coverage" | "width";

export type LifeFigureName = "rmseCapped" | "rmseRaw" | "scoreCapped" | "scoreRaw" | "maeCapped" | "maeRaw" | "coverage" | "width";

/** A figure with its 95 % interval and what knowing nothing would get. `null` where there is nothing to say. */
export interface Figure {
  readonly value: number | null;
  /** From resampled blocks or groups, or over folds; `null` with fewer than two of them. */
  readonly low: number | null;
  readonly high: number | null;
  readonly chance: number | null;
}

/** A figure with its name, for lists in reading order. */
export interface NamedFigure<Name extends FigureName = FigureName> extends Figure {
  readonly name: Name;
}

/** Where a figure can lie at all. */
export interface FigureRange {
  readonly least: number;
  readonly most: number;
}

/** A figure of numbers of which some may be unknown (`NaN`); its interval is cut to where it can lie. */
export function namedFigure<Name extends FigureName>(name: Name, value: number, interval: { readonly low: number; readonly high: number }, chance: number, { least, most }: FigureRange): NamedFigure<Name> {
  return { name, value: finite(value), low: finite(Math.max(least, interval.low)), high: finite(Math.min(most, interval.high)), chance: finite(chance) };
}

export const anyNumber: FigureRange = { least: -Infinity, most: Infinity };
export const fromZero: FigureRange = { least: 0, most: Infinity };
export const aShare: FigureRange = { least: 0, most: 1 };

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
