import { memo, useMemo, useState } from "react";
import type { Asset, Id } from "../api/types.ts";
import { useNow } from "../state/site-context.tsx";
import { standingOf, watchesCondition, worst, type Standing, type View, type WheelNow } from "../state/view.ts";
import { useLanguage } from "../strings/language.tsx";
import { StandingWord } from "./state-mark.tsx";

interface Props {
  readonly view: View;
  readonly chosen: Id | null;
  readonly onChoose: (asset: Id) => void;
}

const filterFrom = 12;

/** Every asset with signals of its own, under the names of what it is part of, each with how it stands. */
export function Plant({ view, chosen, onChoose }: Props) {
  const { say } = useLanguage();
  const [wanted, setWanted] = useState("");
  useNow(2000); // states grow old by themselves
  const now = performance.now();
  const wheels = useMemo(() => Map.groupBy(view.wheels.values(), ({ asset }) => asset), [view.wheels]);
  const withSignals = useMemo(() => new Set([...view.signals.values()].map(({ asset }) => asset)), [view.signals]);
  const assets = view.assets.filter(({ id }) => withSignals.has(id) || wheels.has(id));
  const shown = assets.filter(({ path }) => path.toLowerCase().includes(wanted.trim().toLowerCase()));
  const groups = Map.groupBy(shown, ({ path, name }) => path.slice(0, Math.max(0, path.length - name.length - 1)));
  return (
    <nav className="panel plant" id="plant" aria-label={say("plant.title")} tabIndex={-1}>
      <h2 className="panel-title">
        {say("plant.title")} <span className="soft">{assets.length > 0 && say("plant.count", { count: assets.length })}</span>
      </h2>
      {assets.length > filterFrom && <input className="filter" type="search" value={wanted} placeholder={say("plant.filter")} aria-label={say("plant.filter")} onChange={(event) => setWanted(event.target.value)} />}
      <div className="plant-groups">
        {[...groups].map(([path, members]) => (
          <section key={path}>
            {path !== "" && <h3 className="group" title={path}>{path.replaceAll("/", " / ")}</h3>}
            <ul className="assets">
              {members.map((asset) => (
                <AssetTile key={asset.id} asset={asset} standing={standingOfAsset(wheels.get(asset.id) ?? [], view, now)} isChosen={asset.id === chosen} onChoose={onChoose} />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </nav>
  );
}

/** As its condition is; where nobody watches that, as what is told of it. */
export function standingOfAsset(wheels: readonly WheelNow[], view: View, now: number): Standing {
  const watching = wheels.filter(watchesCondition);
  return worst((watching.length > 0 ? watching : wheels).map((wheel) => standingOf(wheel, view.connection, now)));
}

interface TileProps {
  readonly asset: Asset;
  readonly standing: Standing;
  readonly isChosen: boolean;
  readonly onChoose: (asset: Id) => void;
}

const AssetTile = memo(
  function AssetTile({ asset, standing, isChosen, onChoose }: TileProps) {
    return (
      <li>
        <button type="button" className={`tile tile-${standing.state}`} aria-current={isChosen} onClick={() => onChoose(asset.id)}>
          <span className="tile-name" title={asset.name}>{asset.name}</span>
          <StandingWord standing={standing} />
        </button>
      </li>
    );
  },
  (a, b) => a.asset === b.asset && a.isChosen === b.isChosen && a.standing.state === b.standing.state && a.standing.was?.state === b.standing.was?.state && a.onChoose === b.onChoose,
);
