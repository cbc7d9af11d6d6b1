import assert from "node:assert/strict";
import { test } from "node:test";
import { naiveSpectrum } from "../../test/naive-spectrum-map.ts";
import { addSpectrumMap, spectrumMapOf, spectrumNames, type SpectrumMap } from "../learn/maps/spectrum-map.ts";
import { Graph } from "../learn/onnx/graph.ts";
import { normalFrom, randomFrom, type Random } from "../learn/random.ts";
import { onnxEngine } from "./onnx.ts";

async function featuresBy(map: SpectrumMap, bursts: Float64Array): Promise<{ rows: number[][]; known: number[] }> {
  const graph = new Graph();
  const width = spectrumNames(map).length * map.channels;
  const { features, known } = addSpectrumMap(graph, map);
  graph.output("features", features, "float", ["items", width]);
  graph.output("known", graph.cast(known, "float"), "float", ["items", 1]);
  const session = await onnxEngine.open(graph.bytes("spectrum", {}));
  const items = bursts.length / map.samples / map.channels;
  const seen = await session.run({ window: { type: "double", dims: [items, map.samples, map.channels], values: bursts } });
  await session.close();
  assert.deepEqual([...seen.features.dims], [items, width]);
  return { rows: Array.from({ length: items }, (_, item) => [...seen.features.values.slice(item * width, (item + 1) * width)]), known: [...seen.known.values] };
}

interface Sound {
  readonly tone?: number;
  readonly clicks?: number;
  readonly loud?: number;
  readonly beat?: number;
}

/** One channel: noise that may swell and fade, a tone, now and then a click that rings. */
function soundOf(random: Random, samples: number, { tone = 0, clicks = 0, loud = 1, beat = 0 }: Sound): number[] {
  let ring = 0;
  return Array.from({ length: samples }, (_, t) => {
    ring = clicks > 0 && t % clicks === 0 ? 20 : 0.8 * ring;
    return loud * ((1 + beat * Math.sin(t / 12)) * normalFrom(random) + tone * Math.sin(0.3 * t) + ring * Math.cos(2.4 * t));
  });
}

const mapFor = (samples: number, channels: number) => spectrumMapOf(samples, Array.from({ length: channels }, (_, channel) => 1e6 * channel), Array.from({ length: channels }, (_, channel) => (channel === 0 ? 1 : 1e-3)));

test("the spectrum map's graph agrees with its naive twin: lengths, channels, gaps, silence, far values", async () => {
  for (const [samples, channels, gaps] of [[64, 1, 0], [200, 2, 0.1], [300, 1, 0.45], [400, 3, 0.02]] as const) {
    const map = mapFor(samples, channels);
    const random = randomFrom(samples);
    const bursts = [{}, { tone: 3 }, { clicks: 50 }, { loud: 1e-9 }, { loud: 0 }, { loud: 1e5, tone: 1 }].map((kind) => {
      const sounds = map.centre.map(() => soundOf(random, samples, kind));
      return Float64Array.from({ length: samples * channels }, (_, at) => (random() < gaps ? NaN : map.centre[at % channels] + map.spread[at % channels] * sounds[at % channels][Math.floor(at / channels)]));
    });
    bursts.push(bursts[0].map((value, at) => (at % channels === 0 ? NaN : value)));
    const { rows, known } = await featuresBy(map, Float64Array.from(bursts.flatMap((burst) => [...burst])));
    for (const [item, burst] of bursts.entries()) {
      const expected = naiveSpectrum(map, burst);
      for (const [j, value] of expected.entries()) {
        if (Number.isNaN(value)) assert.ok(Number.isNaN(rows[item][j]), `item ${item} feature ${j}: ${rows[item][j]}, expected unknown`);
        else assert.ok(Math.abs(rows[item][j] - value) <= 1e-5 * Math.max(1, Math.abs(value)), `${samples} item ${item} feature ${j}: ${rows[item][j]}, expected ${value}`);
      }
    }
    assert.deepEqual(known, [1, 1, 1, 1, 1, 1, 0]);
  }
});

test("a burst twice as loud differs in its level alone, a tone in its band, clicks in spikiness, and what swells and fades in its envelope", async () => {
  const map = mapFor(2048, 1);
  const names = spectrumNames(map);
  const of = async (kind: Sound) => (await featuresBy(map, Float64Array.from(soundOf(randomFrom(9), 2048, kind)))).rows[0];
  const [noise, loud, tone, clicks, beat] = [await of({}), await of({ loud: 2 }), await of({ tone: 3 }), await of({ clicks: 256 }), await of({ beat: 0.9 })];
  for (const [j, name] of names.entries()) assert.ok(Math.abs(loud[j] - noise[j] - (name === "level" ? Math.log(2) : 0)) < 1e-3, name);
  for (const [j, name] of names.entries()) if (!name.startsWith("envelope")) assert.ok(Math.abs(noise[j]) < 1, `${name} of noise: ${noise[j]}`);
  const bands = names.flatMap((name, j) => (name.startsWith("band") ? [j] : []));
  assert.equal(bands.map((j) => tone[j]).indexOf(Math.max(...bands.map((j) => tone[j]))), Math.floor((16 * 0.3) / Math.PI)); // 0.3 rad a sample
  for (const name of ["crest", "kurtosis", "modulation"]) assert.ok(clicks[names.indexOf(name)] > noise[names.indexOf(name)] + 0.3, `${name}: ${clicks[names.indexOf(name)]}`);
  const peak = names.indexOf("modulation peak");
  assert.ok(beat[peak] > noise[peak] + 1, `modulation peak: ${beat[peak]}`);
});
