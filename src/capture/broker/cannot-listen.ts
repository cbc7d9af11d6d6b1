import { MillraceError } from "../../errors.ts";

export function cannotListen(host: string, port: number, cause: Error): MillraceError {
  const inUse = "code" in cause && cause.code === "EADDRINUSE";
  return new MillraceError("capture.cannot-listen", `Cannot listen for MQTT on ${host}:${port}: ${inUse ? "the port is in use" : cause.message}`, {
    hint: inUse ? "Stop the other broker, or give this one another port with --mqtt-port." : "Name an address of this machine and a port that you may use.",
    cause,
  });
}
