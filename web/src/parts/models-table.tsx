import { useState } from "react";
import type { Digest, Id, Model } from "../api/types.ts";
import { shortDigest } from "../format.ts";
import { inWords, useSite } from "../state/site-context.tsx";
import { useLanguage } from "../strings/language.tsx";
import { Ask } from "./ask.tsx";
import { DetailTable } from "./detail-table.tsx";

interface Props {
  readonly models: readonly Model[];
  readonly champion: Digest | null;
  readonly wheel: Id;
  readonly onNote: (note: string) => void;
}

export function ModelsTable({ models, champion, wheel, onNote }: Props) {
  const { say, format } = useLanguage();
  const site = useSite();
  const [restoring, setRestoring] = useState<Digest | null>(null);
  if (models.length === 0) return <p className="soft padded">{say("models.none")}</p>;
  const columns = [
    { title: say("models.model"), cell: ({ digest }: Model) => <><code title={digest}>{shortDigest(digest)}</code> {digest === champion && <span className="pill pill-small">{say("models.champion")}</span>}</> },
    { title: say("models.recipe"), cell: ({ recipe }: Model) => recipe.name },
    { title: say("models.made"), cell: ({ createdAt }: Model) => format.time(createdAt) },
    { title: say("models.blocks"), cell: ({ blocks }: Model) => format.count(blocks.length), isNumber: true },
    { title: say("models.size"), cell: ({ bytes }: Model) => format.bytes(bytes), isNumber: true },
  ];
  return (
    <>
      <DetailTable rows={models} columns={columns} keyOf={({ digest }) => digest} nameOf={({ digest }) => shortDigest(digest)} caption={say("records.models")} detail={(model) => <ModelDetail model={model} isChampion={model.digest === champion} onRestore={() => setRestoring(model.digest)} onNote={onNote} />} />
      {restoring !== null && (
        <Ask
          title={say("models.rollBackTitle", { digest: shortDigest(restoring) })}
          explain={say("models.rollBackExplain")}
          action={say("models.rollBack")}
          needsReason
          onClose={() => setRestoring(null)}
          onDo={async (reason) => {
            await site.client.rollBack(wheel, restoring, reason);
            onNote(say("models.rolledBack", { digest: shortDigest(restoring) }));
            site.put.recorded();
          }}
        />
      )}
    </>
  );
}

function ModelDetail({ model, isChampion, onRestore, onNote }: { readonly model: Model; readonly isChampion: boolean; readonly onRestore: () => void; readonly onNote: (note: string) => void }) {
  const { say, format } = useLanguage();
  const { client } = useSite();
  const download = async () => {
    const url = URL.createObjectURL(await client.modelFile(model.digest));
    const link = Object.assign(document.createElement("a"), { href: url, download: `${shortDigest(model.digest)}.onnx` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <>
      <p className="soft">
        {say("models.learner", { learner: model.recipe.learner, map: model.recipe.map })} · {say("models.threshold")} {format.figure(model.threshold)}, {say(model.provisional ? "models.provisional" : "models.calibrated")}
        {model.generated !== undefined && <> · {say("models.generated", { blocks: format.count(model.generated.blocks.length), share: format.figure(model.generated.weight) })}</>}
        <br />
        <code className="long">{model.digest}</code>
      </p>
      <div className="actions actions-left">
        <button type="button" className="button" onClick={() => void download().catch((problem: unknown) => onNote(inWords(problem, say)))}>{say("models.download")}</button>
        {!isChampion && <button type="button" className="button" onClick={onRestore}>{say("models.rollBack")}</button>}
      </div>
    </>
  );
}
