import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Id } from "../schema/id.ts";
import { openRecordsReadOnly } from "./records.ts";

/** What people call each signal: the names of its asset's line and its own, `press/pump/pressure`, by key. */
export function signalPaths(directory: string): Map<number, string> {
  if (!existsSync(join(directory, "records.sqlite"))) return new Map();
  const records = openRecordsReadOnly(directory);
  try {
    const assets = new Map(records.assets().map((asset) => [asset.id, asset]));
    const pathOf = (id: Id | null, depth = 0): string[] => {
      const asset = id === null || depth > 20 ? undefined : assets.get(id);
      return asset === undefined ? [] : [...pathOf(asset.parent, depth + 1), asset.name];
    };
    return new Map(records.signals().map(({ key, asset, name }) => [key, [...pathOf(asset), name].join("/")]));
  } finally {
    records.close();
  }
}
