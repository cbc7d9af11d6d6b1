import { existsSync, writeFileSync } from "node:fs";
import { defineCommand } from "citty";
import { MillraceError } from "../errors.ts";
import { modelOr } from "./model-named.ts";
import { onSite } from "./options.ts";
import { printJson, printLines } from "./output.ts";
import { withModels } from "./own-models.ts";
import { usage } from "./usage.ts";

export const exportCommand = defineCommand({
  meta: {
    name: "export",
    description: "Write a model as one ONNX file: byte for byte what was proven and what is in force. Signals, units, window and grid are in its metadata. Also on a site that is up.",
  },
  args: {
    model: { type: "positional", description: "A model's name, or enough of its beginning; the one in force unless given", required: false },
    out: { type: "string", description: "Where to; an existing file is not overwritten", valueHint: "FILE.onnx" },
    wheel: { type: "string", description: "Which wheel, where there are several", valueHint: "NAME" },
    ...onSite,
  },
  async run({ args }) {
    await withModels(args.data, async (own) => {
      const model = await modelOr(own, await own.wheel(args.wheel), args.model, "export");
      const file = args.out ?? `millrace-${model.digest.slice(0, 12)}.onnx`;
      const bytes = await own.file(model.digest);
      if (existsSync(file)) throw usage(`write ${JSON.stringify(file)}: it exists`, "Choose another name with --out.");
      try {
        writeFileSync(file, bytes, { flag: "wx" });
      } catch (cause) {
        throw new MillraceError("cli.not-written", `Cannot write ${JSON.stringify(file)}: ${cause instanceof Error ? cause.message : String(cause)}`, { hint: "Choose another place with --out.", cause });
      }
      if (args.json) printJson({ file, model });
      else printLines([`Wrote ${file}: recipe ${model.recipe.name}, ${model.bytes} bytes, SHA-256 ${model.digest}.`]);
    });
  },
});
