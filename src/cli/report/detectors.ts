import type { TriedDetector } from "../../wheel/condition-teach.ts";
import { countText, shareText } from "./format.ts";
import { html, type Markup } from "./markup.ts";

/** What each detector looks at, in words. */
export const detectorText: Readonly<Record<string, string>> = {
  levels: "how far the levels of each signal usually stray",
  novelty: "how far a window lies from the taught ones in every direction at once",
  coupling: "how far signals leave the balance that they usually keep with each other",
  isolation: "how few questions single a window out from taught ones",
  neighbours: "how far a window lies from the nearest taught ones",
  convolutions: "how far the shapes in a window are from the nearest taught ones",
};

/** Every detector that was tried, what it found and what it cost; nothing where none was put to the test. */
export function detectorSection(tried: readonly TriedDetector[]): Markup | null {
  if (tried.length === 0) return null;
  const share = (value: number | null) => (value === null ? "–" : shareText(value));
  const outcome = ({ found, foundTogether, stopped }: TriedDetector) => (stopped === null ? html`<td class="number">${share(found)}</td><td class="number">${share(foundTogether)}</td>` : html`<td class="soft" colspan="2">${stopped}</td>`);
  const row = (one: TriedDetector) =>
    html`<tr><th scope="row">${one.name}${one.chosen ? ", judges" : ""}</th><td class="soft">${detectorText[one.name] ?? ""}</td>${outcome(one)}<td class="number">${one.seconds.toFixed(1)}</td><td class="number">${one.cpuSeconds.toFixed(1)}</td><td class="number">${countText(Math.round(one.peakMiB))}</td></tr>`;
  return html`<section aria-labelledby="h-tried"><h2 id="h-tried">What was tried</h2><p class="soft">Faults were put into windows held out of teaching. What a detector finds of them, at the share of false alarms that is aimed at, says which ones judge; it says nothing of real faults. Levels, novelty and coupling are learnt together: each has the cost of all.</p>
<div class="wide"><table><thead><tr><th scope="col">Detector</th><th scope="col">Looks at</th><th class="number" scope="col">Finds</th><th class="number" scope="col">Together</th><th class="number" scope="col">Seconds</th><th class="number" scope="col">CPU s</th><th class="number" scope="col">MiB</th></tr></thead><tbody>${tried.map(row)}</tbody></table></div></section>`;
}
