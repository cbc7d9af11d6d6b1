import { digest } from "../digest.ts";
import { counted, examFigures, limitsOf, spanOf, type Lineage } from "./lineage.ts";

/**
 * A model's bill of materials: CycloneDX 1.6, with its model card. Equal lineages give equal bytes.
 *
 * Data sets are the site's own blocks, which stay where they are. Source: ECMA-424 (CycloneDX 1.6).
 */
export function mlBom(lineage: Lineage): Record<string, unknown> {
  const { model, turn } = lineage;
  const version = turn?.making?.build.version ?? "unknown";
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(digest(`bom ${model.digest}`))}`,
    version: 1,
    metadata: {
      timestamp: timeText(model.createdAt),
      tools: { components: [{ type: "application", name: "Millrace", version }] },
      component: modelComponent(lineage),
    },
    components: [dataComponent(lineage)],
    dependencies: [{ ref: model.digest, dependsOn: [model.totalDigest] }, { ref: model.totalDigest }],
  };
}

function modelComponent(lineage: Lineage) {
  const { model, wheel, asset, line } = lineage;
  const property = (name: string, value: string | number | null | undefined) => (value === null || value === undefined ? [] : [{ name: `millrace:${name}`, value: String(value) }]);
  return {
    type: "machine-learning-model",
    "bom-ref": model.digest,
    name: `${wheel.name} ${model.recipe.name}`,
    version: model.digest.slice(0, 12),
    description: `${wheel.kind} of ${asset}, one ONNX file`,
    hashes: [{ alg: "SHA-256", content: model.digest }],
    modelCard: cardOf(lineage),
    properties: [
      ...property("turn", model.turn),
      ...property("recipe", `${model.recipe.name}/${model.recipe.version}`),
      ...property("feature-map", model.mapDigest),
      ...property("total", model.totalDigest),
      ...property("ledger-line", line?.number),
      ...property("ledger-hash", line?.hash),
      ...property("cpu-seconds", line?.cpuSeconds),
      ...property("energy-joules", line?.energyJoules),
    ],
  };
}

function cardOf(lineage: Lineage) {
  const { model, wheel, signals } = lineage;
  const exam = examFigures(lineage);
  const metric = (type: string, value: number, interval?: { low: number; high: number } | null) => ({
    type,
    value: String(value),
    ...(interval != null && { confidenceInterval: { lowerBound: String(interval.low), upperBound: String(interval.high) } }),
  });
  return {
    modelParameters: {
      approach: { type: wheel.kind === "condition" ? "semi-supervised" : "supervised" },
      task: wheel.kind,
      architectureFamily: model.recipe.learner,
      modelArchitecture: model.recipe.map,
      datasets: [{ ref: model.totalDigest }],
      inputs: signals.map(({ name, unit }) => ({ format: `float64 ${name}${unit === null ? "" : ` [${unit}]`}` })),
      outputs: [{ format: wheel.kind === "condition" ? "score and one contribution a signal" : "answer" }],
    },
    quantitativeAnalysis: {
      performanceMetrics: exam.blocks === 0 ? [] : [metric("mean block loss", exam.meanLoss, exam.interval), metric("faults", exam.faults), metric("faults found", exam.found), metric("false alarms", exam.falseAlarms)],
    },
    considerations: { useCases: [`Whether ${lineage.asset} behaves as it should, beside the machine: ${wheel.kind}.`], technicalLimitations: limitsOf(lineage) },
  };
}

/** What taught it, as one data set. */
function dataComponent(lineage: Lineage) {
  const { model, blocks, labels, asset } = lineage;
  const span = spanOf(lineage);
  const origins = counted(blocks.map(({ origin }) => origin)).map(([word, count]) => `${count} of ${word}`);
  const said = counted(labels.filter(({ withdrawn }) => !withdrawn).map(({ origin }) => origin)).map(([word, count]) => `${count} by ${word}`);
  return {
    type: "data",
    "bom-ref": model.totalDigest,
    name: `blocks of ${asset}`,
    hashes: [{ alg: "SHA-256", content: model.totalDigest }],
    data: [
      {
        type: "dataset",
        name: `${blocks.length} blocks`,
        description: `${span === null ? "all of it is forgotten" : `${timeText(span.start)} to ${timeText(span.end)}`}; blocks: ${origins.join(", ") || "none"}; labels: ${said.join(", ") || "none"}`,
        governance: { owners: [{ organization: { name: lineage.site.name } }] },
      },
    ],
  };
}

/** A UUID (RFC 9562, version 8) of a digest. */
const uuidOf = (hash: string): string => `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
const timeText = (micros: number): string => new Date(micros / 1000).toISOString();
