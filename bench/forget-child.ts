// A process that forgets a block of a site, and says when the facts are gone and the rest is not: to be killed then.
import { openSite } from "../src/site.ts";
import { forget } from "../src/wheel/forget.ts";

const [directory = "", block = ""] = process.argv.slice(2);
const site = await openSite(directory);
const { store } = site.ports;
const telemetry = new Proxy(store.telemetry, {
  get: (target, name) => {
    if (name !== "forget") return Reflect.get(target, name) as unknown;
    return async (...spans: Parameters<typeof target.forget>) => {
      process.stdout.write("facts are gone\n");
      return await target.forget(...spans);
    };
  },
});
await forget({ what: "block", block }, { meanwhile: "keep", reason: "to be killed" }, { ...site.ports, store: { ...store, telemetry } });
process.stdout.write("forgotten\n");
await site.close();
