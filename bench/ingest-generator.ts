// The generating process: told in its first argument what to send, in the second where to; prints what came of it.
import { loadHttp } from "./ingest-http.ts";
import type { Load } from "./ingest-load.ts";
import { loadMqtt } from "./ingest-mqtt.ts";

const [load, url] = [JSON.parse(process.argv[2] ?? "{}") as Load, new URL(process.argv[3] ?? "")];
const result = load.door === "http" ? await loadHttp(load, url) : await loadMqtt(load, url);
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
