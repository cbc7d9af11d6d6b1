/** The look of a report: one column, quiet colours that hold in light, in dark and on paper. */
export const style = `
:root { color-scheme: light dark; --paper: #fbfbf9; --ink: #1c2126; --soft: #5b6670; --line: #d9dcdd; --card: #fff; --event: #d9480f; --fault: #7048a8; --taught: #2b8a5a; --score: #1864ab; --signal: #37526b; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181b; --ink: #e6e9ea; --soft: #a0abb3; --line: #343c42; --card: #1b2125; --event: #ff8a4c; --fault: #b794f0; --taught: #5ec38f; --score: #74b4ee; --signal: #a9c1d6; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 30px; line-height: 1.2; margin: 2px 0; } h2 { font-size: 19px; margin: 34px 0 8px; } h3 { font-size: 15px; margin: 0 0 4px; }
p { margin: 6px 0; max-width: 78ch; } ul { margin: 6px 0; padding-left: 20px; max-width: 82ch; }
.over, .file, .key { color: var(--soft); } .over { margin: 0; } .file { overflow-wrap: anywhere; } .headline { font-size: 19px; line-height: 1.4; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 18px 0 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 16px; min-width: 120px; } .tile b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; } .tile span { color: var(--soft); }
.wide { overflow-x: auto; } figure { margin: 0; min-width: 720px; }
svg { display: block; width: 100%; height: auto; font: 11px system-ui, "DejaVu Sans", sans-serif; }
table { border-collapse: collapse; width: 100%; font-size: 14px; } th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; } th { color: var(--soft); font-weight: 600; } .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td:first-child { min-width: 2em; } td:first-child:not(.number), th:first-child { white-space: nowrap; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; margin: 12px 0; break-inside: avoid; }
.close { display: grid; grid-template-columns: repeat(auto-fit, minmax(380px, 1fr)); gap: 4px 14px; } .blame { max-width: 520px; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px; overflow-x: auto; font-size: 12.5px; }
.grid { stroke: var(--line); } .pause { stroke: var(--soft); stroke-dasharray: 2 3; } .tick { fill: var(--soft); } .name, .bar-name, .bar-share { fill: var(--ink); } .name { font-weight: 600; }
.threshold { stroke: var(--event); stroke-dasharray: 5 4; } .centre { stroke: var(--soft); stroke-dasharray: 2 4; } .peak { stroke: var(--soft); }
path.score { fill: var(--score); stroke: var(--score); stroke-width: 1.1; fill-opacity: .45; } path.signal { fill: var(--signal); stroke: var(--signal); stroke-width: 1; fill-opacity: .35; }
path.score, path.signal { stroke-linejoin: round; }
rect.training { fill: var(--taught); opacity: .13; } rect.event { fill: var(--event); opacity: .26; } rect.fault { fill: var(--fault); opacity: .85; } rect.unknown { fill: var(--soft); opacity: .3; } .bar { fill: var(--event); }
.swatch { display: inline-block; width: 14px; height: 10px; margin: 0 5px 0 10px; border-radius: 2px; } .key .swatch:first-child { margin-left: 0; } .swatch.training { background: var(--taught); opacity: .4; } .swatch.event { background: var(--event); opacity: .55; } .swatch.fault { background: var(--fault); } .swatch.unknown { background: var(--soft); opacity: .5; }
@media print { body { background: #fff; } main { max-width: none; padding: 0; } }
`;
