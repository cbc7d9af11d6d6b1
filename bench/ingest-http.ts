import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { risingTimes, Tally, type HttpLoad, type LoadResult } from "./ingest-load.ts";

const assets = 100;
const fields = 10;
const longestPause = 1000;

/** Writes line protocol over plain sockets, one batch in flight a connection, until the time is over. */
export async function loadHttp(load: HttpLoad, { port, hostname }: URL): Promise<LoadResult> {
  const tally = new Tally(load);
  const lines = linesWithoutTime(load.rowsPerBatch);
  const nextTime = risingTimes();
  await Promise.all(Array.from({ length: load.connections }, () => writeBatches(hostname, Number(port), lines, nextTime, tally)));
  return tally.result();
}

/** A batch's lines, to which only the time is added: as little work as can be while the site is measured. */
function linesWithoutTime(rows: number): string[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: assets }, (_asset, asset) => {
      const values = Array.from({ length: fields }, (_field, field) => `f${field}=${(20 + Math.sin(asset + field) + 0.01 * row).toFixed(4)}`);
      return `pump,site=site-${String(asset).padStart(3, "0")} ${values.join(",")} `;
    }),
  );
}

async function writeBatches(host: string, port: number, lines: readonly string[][], nextTime: () => number, tally: Tally): Promise<void> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, "connect");
  const head = `POST /api/v1/write/line?precision=us HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: `;
  const values = lines.length * assets * fields;
  try {
    while (!tally.isOver) {
      const body = Buffer.from(bodyOf(lines, nextTime));
      tally.send(values);
      for (;;) {
        const sentAt = performance.now();
        socket.write(`${head}${body.length}\r\n\r\n`);
        socket.write(body);
        const { status, retryAfter, body: said } = await replyOn(socket);
        if (status === 200) {
          const { stored } = JSON.parse(said) as { stored: number };
          if (stored !== values) throw new Error(`Cannot write: the site stored ${stored} of ${values} values`);
          tally.acknowledge(values, sentAt);
          break;
        }
        if (status !== 503) throw new Error(`Cannot write: the site answered ${status}`);
        tally.refuse();
        await pause(Math.min(longestPause, 1000 * retryAfter));
      }
    }
  } finally {
    socket.destroy();
  }
}

function bodyOf(lines: readonly string[][], nextTime: () => number): string {
  let body = "";
  for (const row of lines) {
    const time = `${nextTime()}\n`;
    for (const line of row) body += line + time;
  }
  return body;
}

/** Reads one reply to its end. */
function replyOn(socket: Socket): Promise<{ status: number; retryAfter: number; body: string }> {
  return new Promise((resolve, reject) => {
    let text = "";
    const settle = (finish: () => void) => {
      socket.off("data", onData).off("close", onClose).off("error", reject);
      finish();
    };
    const onClose = () => settle(() => reject(new Error("the site closed the connection")));
    const onData = (part: Buffer) => {
      text += part.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/^content-length: (\d+)\r$/im.exec(text.slice(0, end + 1))?.[1] ?? 0);
      if (text.length < end + 4 + length) return;
      const retryAfter = Number(/^retry-after: (\d+)\r$/im.exec(text.slice(0, end + 1))?.[1] ?? 0);
      settle(() => resolve({ status: Number(text.slice(9, 12)), retryAfter, body: text.slice(end + 4) }));
    };
    socket.on("data", onData).on("close", onClose).on("error", reject);
  });
}
