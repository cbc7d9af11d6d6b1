import { counted, examFigures, limitsOf, spanOf, type ExamFigures, type Lineage } from "./lineage.ts";

interface Section {
  readonly title: string;
  readonly rows?: readonly (readonly [name: string, value: string])[];
  readonly lines?: readonly string[];
}

/** A model's card in Markdown: what it is, what taught it, how it did, what it does not know. */
export function cardMarkdown(lineage: Lineage): string {
  const parts = sectionsOf(lineage).map(({ title, rows = [], lines = [] }) => {
    const table = rows.length === 0 ? [] : ["| | |", "|---|---|", ...rows.map(([name, value]) => `| ${inMarkdown(name)} | ${inMarkdown(value)} |`)];
    return [`## ${title}`, "", ...table, ...lines.map((line) => `- ${inMarkdown(line)}`)].join("\n");
  });
  return `# ${inMarkdown(titleOf(lineage))}\n\n${parts.join("\n\n")}\n`;
}

/** The same as a page of its own, which loads nothing. */
export function cardHtml(lineage: Lineage): string {
  const title = inHtml(titleOf(lineage));
  const parts = sectionsOf(lineage).map(({ title: heading, rows = [], lines = [] }) => {
    const table = rows.length === 0 ? "" : `<table>${rows.map(([name, value]) => `<tr><th scope="row">${inHtml(name)}</th><td>${inHtml(value)}</td></tr>`).join("")}</table>`;
    const list = lines.length === 0 ? "" : `<ul>${lines.map((line) => `<li>${inHtml(line)}</li>`).join("")}</ul>`;
    return `<section><h2>${inHtml(heading)}</h2>${table}${list}</section>`;
  });
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${title}</title><style>${style}</style></head>\n<body><main><h1>${title}</h1>\n${parts.join("\n")}\n</main></body></html>\n`;
}

const style =
  "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:52rem;padding:0 1rem;color:#1a1a1a;background:#fff}table{border-collapse:collapse;width:100%}th{width:14rem}th,td{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}";

const titleOf = ({ wheel, model }: Lineage): string => `Model ${model.digest.slice(0, 12)} of ${wheel.name}`;

function sectionsOf(lineage: Lineage): Section[] {
  return [about(lineage), taughtBy(lineage), proof(lineage), making(lineage), { title: "Known limits", lines: limitsOf(lineage) }];
}

function about({ site, asset, wheel, model, fileBytes, signals, inForce }: Lineage): Section {
  const { recipe, provisional } = model;
  const held = inForce.map(({ from, to, reason }) => `${timeText(from)} to ${to === null ? "now" : timeText(to)}: ${reason}`);
  return {
    title: "What it is",
    rows: [
      ["SHA-256", model.digest],
      ["file", fileBytes === null ? "gone" : `one ONNX file, ${fileBytes} bytes`],
      ["site, asset", `${site.name}, ${asset}`],
      ["question", wheel.target === null || wheel.target === undefined ? wheel.kind : `${wheel.kind}: ${wheel.target.name}`],
      ["recipe", `${recipe.name} ${recipe.version}: learner ${recipe.learner}, feature map ${recipe.map}`],
      ["parameters", Object.keys(recipe.params).length === 0 ? "the usual ones" : Object.entries(recipe.params).map(([name, value]) => `${name} ${value}`).join(", ")],
      ["signals", signals.map(({ name, unit }) => (unit === null ? name : `${name} [${unit}]`)).join(", ")],
      [wheel.kind === "condition" ? "threshold" : "how sure it is", `${wheel.kind === "condition" ? `${model.threshold}, ` : ""}${provisional ? "provisional" : "calibrated on held-out blocks"}`],
      ["in force", held.length === 0 ? "never" : held.join("; ")],
    ],
  };
}

function taughtBy(lineage: Lineage): Section {
  const { blocks, forgottenBlocks, labels, model } = lineage;
  const span = spanOf(lineage);
  const said = labels.filter(({ withdrawn }) => !withdrawn).map(({ origin, answer, says }) => `${origin}: ${says ? says.what : answer}`);
  const files = blocks.flatMap(({ context }) => (context.file === null ? [] : [`${context.file.name} (${context.file.digest.slice(0, 12)})`]));
  return {
    title: "What taught it",
    rows: [
      ["data", span === null ? "none that is left" : `${timeText(span.start)} to ${timeText(span.end)}`],
      ["blocks", `${blocks.length}${forgottenBlocks > 0 ? `, and ${forgottenBlocks} that were forgotten since` : ""}`],
      ["origins of the blocks", listed(counted(blocks.map(({ origin }) => origin)))],
      ["labels by origin", listed(counted(said))],
      ["made by models or simulators", generatedText(model)],
      ["files", files.length === 0 ? "none; live samples" : files.join(", ")],
      ["digest of the total", model.totalDigest],
      ["digest of the feature map", model.mapDigest],
    ],
  };
}

function proof(lineage: Lineage): Section {
  const { blocks, faults, found, falseAlarms, judgedHours, meanLoss, interval } = examFigures(lineage);
  const { cost, policy, kind } = lineage.wheel;
  const verdict = lineage.turn?.verdict ?? null;
  const recipe = examFigures({ ...lineage, losses: lineage.recipeLosses });
  return {
    title: "How it was proven",
    rows: [
      ["mean loss on its very bytes", lossText({ blocks, meanLoss, interval })],
      ["mean loss of its recipe, each block before it taught", lossText(recipe)],
      ...(kind === "condition" && blocks > 0 ? ([["faults", `${found} of ${faults} found`], ["false alarms", `${falseAlarms} in ${judgedHours.toFixed(1)} hours`]] as const) : []),
      ["cost model", Object.entries(cost).map(([name, value]) => `${name} ${value}`).join(", ")],
      ["policy", `at least ${policy.minEvents} events, level ${policy.level}, margin ${policy.margin}`],
      ["verdict of its turn", verdict === null ? "none" : verdict.decision],
    ],
    lines: verdict?.reasons ?? [],
  };
}

function generatedText({ recipe, generated }: Lineage["model"]): string {
  if (generated === undefined) return "nothing";
  return `the samples or labels of ${generated.blocks.length} of the blocks; they weigh ${generated.weight.toFixed(2)} of what is real, of each class at most ${recipe.generated ?? 0}; they calibrated and proved nothing`;
}

const lossText = ({ blocks, meanLoss, interval }: Pick<ExamFigures, "blocks" | "meanLoss" | "interval">): string =>
  blocks === 0 ? "none" : `${meanLoss.toFixed(4)}${interval === null ? "" : `, 95 % interval ${interval.low.toFixed(4)} to ${interval.high.toFixed(4)}`} over ${blocks} blocks`;

function making({ turn, line }: Lineage): Section {
  const build = turn?.making?.build;
  return {
    title: "How it was made",
    rows: [
      ["turn", turn === null ? "unknown" : `${turn.number}, ${timeText(turn.startedAt)}, by ${turn.trigger}`],
      ["ledger", line === null ? "no line" : `line ${line.number}, hash ${line.hash}`],
      ["time", line === null ? "unknown" : `${line.durationSeconds.toFixed(2)} s; ${line.cpuSeconds.toFixed(2)} s of processor, for all models of the turn`],
      ["energy", line?.energyJoules === null || line === null ? "not measured: the machine has no counter for it" : `${line.energyJoules.toFixed(1)} J, for all models of the turn`],
      ["made by", build === undefined ? "unknown" : `${build.version}; code ${build.code.slice(0, 12)}; ${build.cpu}`],
    ],
  };
}

const listed = (counts: readonly (readonly [string, number])[]): string => (counts.length === 0 ? "none" : counts.map(([word, count]) => `${count} ${word}`).join(", "));
const timeText = (micros: number): string => new Date(micros / 1000).toISOString().replace(/\.\d+Z$/, "Z");

// Control characters, and marks that hide text or turn it around, are left out of both.
// oxlint-disable-next-line no-control-regex
const plainly = (text: string): string => text.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, " ");
const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const inHtml = (text: string): string => plainly(text).replace(/[&<>"']/g, (character) => entities[character]);
const inMarkdown = (text: string): string => plainly(text).replace(/[\\`*_{}[\]<>|#]/g, "\\$&");
