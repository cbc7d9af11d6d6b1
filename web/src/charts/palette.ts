/** The colours of charts, from the style sheet: one place says what alarm looks like. */
export interface Palette {
  readonly trace: string;
  /** Of models in shadow. */
  readonly beside: string;
  readonly grid: string;
  readonly axis: string;
  readonly alarm: string;
  readonly alarmWash: string;
  readonly doubtWash: string;
  readonly asked: string;
  readonly threshold: string;
  readonly cover: string;
  readonly font: string;
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    trace: colour("trace"),
    beside: colour("beside"),
    grid: colour("chart-grid"),
    axis: colour("soft"),
    alarm: colour("alarm"),
    alarmWash: colour("alarm-wash"),
    doubtWash: colour("doubt-wash"),
    asked: colour("asked"),
    threshold: colour("threshold"),
    cover: colour("cover"),
    font: `10.5px ${style.getPropertyValue("--face")}`,
  };
}

/** Calls back when the scheme changes between light and dark; returns how to stop. */
export function onScheme(changed: () => void): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", changed);
  return () => dark.removeEventListener("change", changed);
}
