/** The look of a report: light or dark as the reader's system says, always light on paper. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f4f6f7; --card: #ffffff; --ink: #16202a; --soft: #51606d; --line: #dde3e8; --strong-line: #b6c1ca;
  --signal: #1d5f96; --usual: rgb(29 95 150 / .11); --event: #ad3d0b; --event-band: rgb(214 94 32 / .17);
  --truth: #0b6b60; --taught: rgb(81 96 109 / .12); --hatch: #8b98a4; --note: #fff7e0; --note-line: #c99a1c;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0f1418; --card: #171e24; --ink: #e5ebf0; --soft: #a0adb9; --line: #2a343d; --strong-line: #4a5864;
    --signal: #7cb8ef; --usual: rgb(124 184 239 / .13); --event: #ff9c66; --event-band: rgb(255 140 80 / .2);
    --truth: #58c9ba; --taught: rgb(160 173 185 / .12); --hatch: #6b7985; --note: #2b2615; --note-line: #d2a93b;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
header, main, footer { max-width: 1140px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 36px; }
.brand { color: var(--soft); font-size: 14px; letter-spacing: .02em; margin: 0; }
h1 { font-size: 30px; line-height: 1.2; margin: 4px 0 6px; overflow-wrap: anywhere; letter-spacing: -.01em; }
h1 small { display: block; font-size: 18px; font-weight: 400; color: var(--soft); letter-spacing: 0; margin-top: 4px; }
h2 { font-size: 20px; margin: 0 0 4px; letter-spacing: -.005em; }
h3 { font-size: 16px; margin: 0; overflow-wrap: anywhere; }
p { margin: 0 0 10px; max-width: 78ch; }
.lead { font-size: 19px; line-height: 1.45; margin: 16px 0; max-width: none; }
.soft, figcaption, .legend { color: var(--soft); font-size: 14px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin: 0 0 22px; padding: 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; }
.tiles dt { color: var(--soft); font-size: 14px; }
.tiles dd { margin: 0; font-size: 24px; font-weight: 600; line-height: 1.25; }
.tiles dd small { display: block; font-size: 14px; font-weight: 400; color: var(--soft); }
main > section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 22px 24px; margin: 0 0 22px; }
main > .notes { padding: 16px 24px; background: var(--note); border-left: 4px solid var(--note-line); border-radius: 0 10px 10px 0; }
.notes ul { margin: 6px 0 0; padding-left: 20px; }
.notes li { margin: 0 0 4px; max-width: 110ch; }
figure { margin: 14px 0 0; }
figure + .wide { margin-top: 18px; }
.wide { overflow-x: auto; }
.chart { display: block; width: 100%; min-width: 640px; height: auto; }
.close .chart { min-width: 420px; }
.grid { stroke: var(--line); stroke-width: 1; }
.pause { stroke: var(--strong-line); stroke-width: 2; stroke-dasharray: 2 4; }
.edge { stroke: var(--strong-line); stroke-width: 1; }
.tick { fill: var(--soft); font-size: 12px; }
.area, .score-line { stroke-width: 1.3; stroke-linejoin: round; stroke-linecap: round; }
.area { stroke: var(--signal); fill: none; }
.area.filled { fill: var(--signal); fill-opacity: .45; }
.score-line { stroke: var(--ink); fill: none; }
.score-line.filled { fill: var(--ink); fill-opacity: .4; }
.threshold { stroke: var(--event); stroke-width: 1.6; stroke-dasharray: 7 4; }
.threshold-text { fill: var(--event); font-size: 12px; font-weight: 600; }
.event { fill: var(--event-band); }
.event.other { opacity: .5; }
.mark { fill: var(--event); }
.mark-text { fill: var(--card); font-size: 11px; font-weight: 700; }
.truth { fill: var(--truth); }
.usual { fill: var(--usual); }
.taught { fill: var(--taught); }
.taught-text { fill: var(--soft); font-size: 13px; }
.unknown { stroke: var(--hatch); stroke-width: 1.4; fill: none; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 6px 0 0; padding: 0; list-style: none; }
.legend svg { width: 26px; height: 12px; vertical-align: -1px; margin-right: 7px; }
table { border-collapse: collapse; width: 100%; font-size: 15px; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-weight: 600; font-size: 14px; border-bottom-color: var(--strong-line); overflow-wrap: normal; }
td.number, th.number { text-align: right; white-space: nowrap; padding-right: 18px; overflow-wrap: normal; }
td.still, .figures th[scope=row] { white-space: nowrap; overflow-wrap: normal; }
.blame td.number, .blame th.number { padding-right: 10px; }
.card { border-top: 1px solid var(--line); padding: 18px 0 4px; display: grid; grid-template-columns: minmax(260px, 360px) minmax(0, 1fr); gap: 8px 32px; }
.card > header { grid-column: 1 / -1; padding: 0; margin: 0; max-width: none; display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: baseline; }
.number-mark { display: inline-block; min-width: 24px; padding: 0 7px; border-radius: 12px; background: var(--event); color: var(--card); text-align: center; font-size: 13px; font-weight: 700; line-height: 22px; }
.bar { display: block; height: 7px; border-radius: 4px; background: var(--line); margin-top: 3px; }
.bar span { display: block; height: 100%; border-radius: 4px; background: var(--event); }
.close figcaption { margin: 2px 0 0; }
.strip { border-top: 1px solid var(--line); padding: 12px 0 8px; }
.strip header { padding: 0; margin: 0; max-width: none; display: flex; flex-wrap: wrap; gap: 0 14px; align-items: baseline; }
.facts { display: grid; grid-template-columns: minmax(150px, max-content) minmax(0, 1fr); gap: 5px 22px; margin: 12px 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
code { font: 13px/1.4 ui-monospace, "DejaVu Sans Mono", Consolas, monospace; }
footer { color: var(--soft); font-size: 14px; padding-bottom: 40px; }
@media screen and (max-width: 800px) { .card { grid-template-columns: minmax(0, 1fr); } main > section { padding: 16px; } }
@media print {
  @page { margin: 13mm; }
  body { background: none; font-size: 10pt; }
  h1 { font-size: 20pt; }
  h2 { font-size: 13pt; }
  .lead { font-size: 12pt; }
  table, .soft, .legend, .tiles dd small, .tiles dt { font-size: 9pt; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  main > section { border: 0; padding: 0; }
  main > .notes { border-left: 4px solid var(--note-line); padding: 8px 14px; }
  .tiles { grid-template-columns: repeat(5, 1fr); gap: 8px; }
  .tiles div { padding: 8px 10px; }
  .tiles dd { font-size: 14pt; }
  .card { grid-template-columns: 270px minmax(0, 1fr); gap: 6px 22px; }
  .blame th.number { white-space: normal; }
  .card figure { margin-top: 6px; }
  .card, .strip, figure, tr, .tiles div { break-inside: avoid; }
  h2, h3, .card > header { break-after: avoid; }
  .wide { overflow: visible; }
  .chart { min-width: 0; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
`;
