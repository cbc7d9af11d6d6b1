import { seriesMapOf } from "../../learn/maps/maps.ts";
import { seriesFeatures } from "../../learn/maps/series-map.ts";

/** Features that each tree of a boosting looks at, about: of many that say much the same, a share is as good and quicker. */
const boostedFeatures = 40;

/** Parameters of boosted trees over a map of so many signals. */
export function boostedShare(signals: number, map: string): Record<string, number> {
  const columns = Array.from({ length: signals }, (_, at) => ({ name: String(at), centre: 0, spread: 1, still: false }));
  const share = boostedFeatures / seriesFeatures(seriesMapOf(map, columns)).length;
  return share < 1 ? { columnShare: share } : {};
}
