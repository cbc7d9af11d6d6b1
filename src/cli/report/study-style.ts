import { style } from "./style.ts";

/** What a report of a study adds to the look of reports. */
export const studyStyle = `${style}
.verdict { border-left: 4px solid var(--truth); background: var(--card); border-radius: 0 10px 10px 0; padding: 12px 20px; margin: 0 0 18px; border-top: 1px solid var(--line); border-right: 1px solid var(--line); border-bottom: 1px solid var(--line); }
.verdict p { margin: 0; max-width: none; }
.verdict b { display: block; }
.verdict.not { border-left-color: var(--event); }
.figures tbody tr:first-child td, .figures tbody tr:first-child th { font-weight: 600; }
.figures tbody tr:first-child td.soft { font-weight: 400; }
.figures.doubtful td.number { color: var(--soft); font-weight: 400; }
.confusion { width: auto; font-size: 14px; }
.confusion th, .confusion td { padding: 5px 10px; border-bottom: 0; }
.confusion thead th { border-bottom: 1px solid var(--strong-line); }
.confusion thead th.number { white-space: normal; overflow-wrap: break-word; min-width: 54px; max-width: 130px; vertical-align: bottom; padding-right: 10px; }
.confusion tbody th { font-weight: 400; max-width: 260px; }
.confusion td { text-align: right; min-width: 54px; }
.heat { border: 1px solid var(--card); }
.heat.right { background: color-mix(in srgb, var(--truth) calc(var(--heat) * 70%), transparent); }
.heat.wrong { background: color-mix(in srgb, var(--event) calc(var(--heat) * 70%), transparent); }
.heat.none { color: var(--strong-line); }
.classes td.measure, .shares td.measure { white-space: nowrap; min-width: 170px; }
.measure .bar { display: inline-block; width: 110px; margin: 0 10px 0 0; vertical-align: 2px; }
.measure .bar span { background: var(--signal); }
.tried tr.chosen th, .tried tr.chosen td { font-weight: 600; }
.chosen-mark { display: inline-block; margin-left: 8px; padding: 0 7px; border-radius: 10px; background: var(--truth); color: var(--card); font-size: 12px; font-weight: 700; line-height: 19px; }
.said { stroke: var(--signal); stroke-width: 1.2; stroke-linejoin: round; fill: none; }
.said.filled { stroke-width: .8; fill: var(--signal); fill-opacity: .35; }
.interval { fill: var(--usual); stroke: none; }
.whisker { stroke: var(--signal); stroke-opacity: .35; stroke-width: 1.5; fill: none; }
.dot { stroke: var(--signal); stroke-width: 6; stroke-linecap: round; stroke-opacity: .7; fill: none; }
.dot.many { stroke-width: 4; stroke-opacity: .35; }
.diagonal { stroke: var(--strong-line); stroke-width: 1.4; stroke-dasharray: 6 4; fill: none; }
.axis-name { fill: var(--soft); font-size: 12px; }
.pair .chart { min-width: 300px; }
.column { fill: var(--signal); fill-opacity: .75; }
.shares { width: auto; }
.shares th { font-weight: 400; padding-right: 28px; }
.pair { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); gap: 6px 22px; }
.pair figcaption { overflow-wrap: anywhere; }
h3.next { margin-top: 20px; }
@media screen and (max-width: 800px) { .figures, .tried, .classes { min-width: 720px; } .confusion th { overflow-wrap: normal; } }
@media print { .verdict { padding: 8px 14px; } .pair { grid-template-columns: 1fr 1fr; } .pair figure { margin-top: 4px; } }
`;
