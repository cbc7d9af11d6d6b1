import { gridOf } from "../capture/guess.ts";
import { canonicalJson } from "../digest.ts";
import { MillraceError } from "../errors.ts";
import type { Asset } from "../schema/asset.ts";
import type { BlockRule } from "../schema/block.ts";
import { Cost } from "../schema/cost.ts";
import type { Grid } from "../schema/grid.ts";
import type { Signal } from "../schema/signal.ts";
import { second } from "../schema/time.ts";
import type { WheelRequest } from "../schema/wheel-request.ts";
import { AlarmDelays, Policy, type Wheel } from "../schema/wheel.ts";
import { assetsByName } from "../review/work-orders.ts";
import { kindOf } from "./kinds/kinds.ts";
import type { Ports } from "./ports.ts";

/** Blocks where nobody says how they are cut. */
const usualBlocks: BlockRule = { by: "duration", length: 3600 * second };
/** A turn learns from many labels about as well as from each by itself, and takes longer than that of a condition. */
const usualAnswers = 10;

/**
 * Makes a wheel of a target as somebody asked for it. Asked for the same again under the same name, it is the one
 * that is there. `blocks` is how they are cut where neither the request nor a wheel of the asset says.
 *
 * Throws `wheel.unknown-asset`, `wheel.unknown-signal`, `wheel.no-signals`, `wheel.other-blocks` where the
 * asset's blocks are cut otherwise, `wheel.name-taken` for another question under the name, and
 * `wheel.target-taken` when labels of the target mean something else to a wheel that is there.
 */
export async function makeWheel(request: WheelRequest, ports: Ports, blocks = usualBlocks): Promise<Wheel> {
  const { records } = ports.store;
  const asset = assetNamed(request.asset, await records.assets());
  const signals = await records.signals(asset.id);
  const wheels = await records.wheels();
  const beside = wheels.filter((wheel) => wheel.asset === asset.id);
  const [leader] = beside;
  const inputs = inputsOf(request, asset, signals);
  const wheel: Wheel = {
    id: ports.newId(),
    site: asset.site,
    asset: asset.id,
    revision: 1,
    name: request.name ?? `${asset.name} ${request.target}`,
    kind: request.kind,
    target: {
      name: request.target,
      unit: request.unit ?? null,
      describes: Math.round((request.describes ?? 0) * second),
      cap: request.cap ?? null,
      worstError: request.worstError ?? null,
    },
    signals: inputs.map(({ id }) => id),
    grid: gridFor(request, inputs, leader),
    blockRule: blockRuleFor(request, leader, blocks),
    warmUpRows: 0,
    when: request.when === undefined ? null : { signal: signalNamed(request.when.signal, asset, signals).id, above: request.when.above, for: Math.round(request.when.for * second) },
    alarm: AlarmDelays.parse({}),
    cost: Cost.parse(request.cost ?? {}),
    policy: Policy.parse({ answers: usualAnswers, promotion: "ask", ...request.policy }),
    recipes: [...kindOf({ kind: request.kind, name: request.target }).recipes(inputs.length, request.rows ?? 0)],
    createdAt: ports.now(),
  };
  const known = wheels.find(({ name }) => name === wheel.name);
  if (known !== undefined) return requireSame(known, wheel);
  requireOwnTarget(wheel, beside);
  await records.write([{ put: "wheel", value: wheel }]);
  return wheel;
}

function assetNamed(name: string, assets: readonly Asset[]): Asset {
  const found = assetsByName(assets).get(name) ?? [];
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  throw new MillraceError("wheel.unknown-asset", `Cannot make a wheel for ${shown(name)}: ${found.length === 0 ? "there is no such asset" : `${found.length} assets are called so`}`, {
    hint: `Assets are ${assets.map((asset) => asset.name).join(", ").slice(0, 300)}; write names from the outermost asset joined by "/".`,
  });
}

function inputsOf({ inputs }: WheelRequest, asset: Asset, signals: readonly Signal[]): Signal[] {
  if (inputs !== undefined) return [...new Set(inputs)].map((name) => signalNamed(name, asset, signals));
  const usual = signals.filter(({ valueType, role }) => valueType === "number" && (role === "measured" || role === "set-point"));
  if (usual.length > 0) return usual;
  throw new MillraceError("wheel.no-signals", `Cannot make a wheel for ${shown(asset.name)}: it has no measured signal`, { hint: "Correct roles with `millrace signals`, or name the inputs." });
}

function signalNamed(name: string, asset: Asset, signals: readonly Signal[]): Signal {
  const found = signals.find((signal) => signal.name === name);
  if (found?.valueType === "number") return found;
  throw new MillraceError("wheel.unknown-signal", `Cannot use ${shown(name)} of ${shown(asset.name)}: ${found === undefined ? "there is no such signal" : "it is not a number"}`, {
    hint: `Its numbers are ${signals.filter(({ valueType }) => valueType === "number").map((signal) => signal.name).join(", ").slice(0, 300)}.`,
  });
}

/** As fast as the asset's wheel, or as most of the inputs. */
function gridFor({ period, hold }: WheelRequest, inputs: readonly Signal[], leader: Wheel | undefined): Grid {
  const steps = inputs.flatMap((signal) => (signal.period === null ? [] : [signal.period])).toSorted((a, b) => a - b);
  const usual = leader?.grid ?? gridOf(steps[steps.length >> 1] ?? second, steps.at(-1) ?? second);
  const own = period === undefined ? usual.period : Math.round(period * second);
  return { ...usual, period: own, hold: hold === undefined ? Math.max(usual.hold, own) : Math.round(hold * second) };
}

/** An asset's production is cut into blocks one way, whatever is asked of it. */
function blockRuleFor({ block, blockBy }: WheelRequest, leader: Wheel | undefined, usual: BlockRule): BlockRule {
  const asked: BlockRule | null = blockBy !== undefined ? { by: "change", signal: blockBy } : block !== undefined ? { by: "duration", length: Math.round(block * second) } : null;
  if (leader === undefined) return asked ?? usual;
  if (asked === null || canonicalJson(asked) === canonicalJson(leader.blockRule)) return leader.blockRule;
  throw new MillraceError("wheel.other-blocks", `Cannot cut blocks another way: those of wheel ${shown(leader.name)} are cut by ${canonicalJson(leader.blockRule)}`, { hint: "Leave the block rule out: wheels of one asset share its blocks." });
}

/** What a wheel asks, without what is given to it when it is made and what can be set later. */
function question({ id: _id, createdAt: _createdAt, revision: _revision, policy: { generated: _generated, ...policy }, ...rest }: Wheel): string {
  return canonicalJson({ ...rest, policy });
}

function requireSame(known: Wheel, asked: Wheel): Wheel {
  if (question(known) === question(asked)) return known;
  throw new MillraceError("wheel.name-taken", `Cannot make wheel ${shown(asked.name)}: another of this name is there and asks something else`, { hint: "Give it a name of its own." });
}

/** Labels of a target mean one thing. */
function requireOwnTarget({ kind, target }: Wheel, beside: readonly Wheel[]): void {
  const other = beside.find((wheel) => wheel.target?.name === target?.name && (wheel.kind !== kind || wheel.target?.unit !== target?.unit));
  if (other === undefined) return;
  throw new MillraceError("wheel.target-taken", `Cannot ask for ${shown(target?.name ?? "")}: wheel ${shown(other.name)} asks for it as ${other.kind}${other.target?.unit == null ? "" : ` in ${other.target.unit}`}`, { hint: "Give the target a name of its own." });
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 80));
