import { existsSync, readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { defineCommand } from "citty";
import { openLive, type LiveSite } from "../live.ts";
import type { Settings } from "../schema/settings.ts";
import { onSite } from "./options.ts";
import { printJson } from "./output.ts";
import { dataDirectory, stayUp } from "./session.ts";
import { readSettings } from "./site-settings.ts";
import { usage } from "./usage.ts";

/** Where the doors of a site are, beyond what its settings say. */
export const doors = {
  host: { type: "string", description: "Address to listen on; beyond loopback only with a token (`millrace token add`)", valueHint: "ADDRESS" },
  "http-port": { type: "string", description: "Port of the page and the API (8080); 0 for any that is free", valueHint: "PORT" },
  "mqtt-port": { type: "string", description: "Port of the MQTT broker (1883); 0 for any that is free", valueHint: "PORT" },
} as const;

export const upCommand = defineCommand({
  meta: {
    name: "up",
    description:
      "A site that stays up: takes samples in over MQTT, HTTP and files, scores them, raises alarms, asks, learns and proves. The page is at the address it prints; what it is told is in site.json in its directory. Ctrl-C stops it cleanly.",
  },
  args: { ...doors, ...onSite },
  async run({ args }) {
    const directory = dataDirectory(args.data);
    const up = await startUp(directory, withDoors(readSettings(directory), args), args.json);
    await stayUp(up);
  },
});

/** The page as it was built: beside the built program, and as the sources see it. */
const pages = [join(import.meta.dirname, "../web"), join(import.meta.dirname, "../../dist/web")];

/** A site that is up, with its doors. */
export interface Up {
  readonly site: LiveSite;
  readonly http: string;
  readonly mqtt: string | null;
  close(): Promise<void>;
}

/** Brings a site up, under this name if it is made now, and says where; with `json` as one line on stdout, for programs that wait for it. */
export async function startUp(directory: string, settings: Settings, json: boolean, name = "site"): Promise<Up> {
  const opening = openLive(directory, { settings, create: true, name, onNotice: (text) => process.stderr.write(`millrace: ${text}\n`) });
  const apiCode = import("../api/server.ts"); // while the site's workers read
  const site = await opening;
  try {
    const { host, port, tls } = settings.http;
    const pageDirectory = pages.find((directory) => existsSync(join(directory, "index.html")));
    const { openApi } = await apiCode;
    const api = await openApi(site, { host, port, ...(tls !== null && { tls }), ...(pageDirectory !== undefined && { pageDirectory }) });
    site.store.announce({ address: api.url, key: api.ownerKey, certificate: tls === null ? null : readFileSync(tls.cert, "utf8") });
    flushCompileCache(); // kept for the next start even if this one ends with the power
    if (json) printJson({ ready: true, http: api.url, mqtt: site.mqttUrl });
    else process.stdout.write(`Millrace is up: ${api.url}\n${site.mqttUrl === null ? "" : `MQTT devices: ${site.mqttUrl}\n`}Data in ${directory}. Ctrl-C stops it.\n`);
    const close = async () => {
      await api.close();
      await site.close();
    };
    return { site, http: api.url, mqtt: site.mqttUrl, close };
  } catch (error) {
    await site.close();
    throw error;
  }
}

/** Settings with what the command line says of doors. */
export function withDoors(settings: Settings, args: { host?: string | undefined; "http-port"?: string | undefined; "mqtt-port"?: string | undefined }): Settings {
  const { http, mqtt } = settings;
  const host = args.host === undefined ? {} : { host: args.host };
  return {
    ...settings,
    http: { ...http, ...host, port: portOf("http-port", args["http-port"]) ?? http.port },
    mqtt: { ...mqtt, ...host, port: portOf("mqtt-port", args["mqtt-port"]) ?? mqtt.port },
  };
}

function portOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw usage(`read --${option} ${JSON.stringify(text.slice(0, 40))}`, "A port is a whole number from 0 to 65535.");
}
