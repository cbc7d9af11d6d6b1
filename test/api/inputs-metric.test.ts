import assert from "node:assert/strict";
import { test } from "node:test";
import { openApi } from "../../src/api/server.ts";
import type { LiveSite } from "../../src/live.ts";
import { inputsName } from "../../src/wheel/block-inputs.ts";
import { openDouble } from "./site-double.ts";

async function metricsOf(site: LiveSite): Promise<string> {
  const api = await openApi(site, { port: 0, onFault: (error) => assert.fail(String(error)) });
  try {
    return await (await fetch(`${api.url}/metrics`)).text();
  } finally {
    await api.close();
  }
}

test("metrics count the signals of each wheel whose inputs have shifted, and do without where that cannot be read", async () => {
  const double = await openDouble();
  try {
    const { records } = double.site.store;
    const [wheel] = await records.wheels();
    const shifted = (count: number): RegExp => new RegExp(`^millrace_inputs_shifted\\{wheel="${wheel.id}"\\} ${count}$`, "m");
    assert.match(await metricsOf(double.site), shifted(0));

    const ids = Array.from({ length: 65 }, () => double.site.ports.newId()).toSorted();
    const inputsOf = (block: number) => ({ signals: wheel.signals, levels: wheel.signals.map((_, signal) => (block % 4) + (signal === 1 && block >= 60 ? 20 : 0)), spreads: wheel.signals.map(() => 0) });
    await records.write(ids.map((id, block) => ({ put: "setting" as const, value: { name: inputsName(wheel, id), text: JSON.stringify(inputsOf(block)) } })));
    assert.match(await metricsOf(double.site), shifted(1));

    const text = await metricsOf({ ...double.site, inputShifts: () => Promise.reject(new Error("unreadable")) });
    assert.doesNotMatch(text, /^millrace_inputs_shifted\{/m);
    assert.match(text, /^millrace_site_ready 1$/m);
  } finally {
    await double.close();
  }
});
