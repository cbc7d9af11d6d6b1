import { BlockList, isIP, isIPv4 } from "node:net";
import { MillraceError } from "../../errors.ts";

/** Addresses of this machine, of the plant's own networks, and of none: not to be reached by a name alone. */
const inner = new BlockList();
for (const [network, prefix] of [["0.0.0.0", 8], ["10.0.0.0", 8], ["100.64.0.0", 10], ["127.0.0.0", 8], ["169.254.0.0", 16], ["172.16.0.0", 12], ["192.0.0.0", 24], ["192.0.2.0", 24], ["192.168.0.0", 16], ["198.18.0.0", 15], ["198.51.100.0", 24], ["203.0.113.0", 24], ["224.0.0.0", 3]] as const) {
  inner.addSubnet(network, prefix, "ipv4");
}
// The last three carry an IPv4 address inside.
for (const [network, prefix] of [["::", 127], ["fc00::", 7], ["fe80::", 10], ["ff00::", 8], ["2001:db8::", 32], ["64:ff9b::", 32], ["2002::", 16], ["2001::", 32]] as const) {
  inner.addSubnet(network, prefix, "ipv6");
}

/** One line of an allow-list, read. */
interface Allowed {
  /** A name, or what follows `*` of one. */
  readonly host: string | null;
  readonly isSuffix: boolean;
  readonly addresses: BlockList | null;
  /** `null` for any. */
  readonly port: number | null;
}

/**
 * Where messages may go: names (`mes.plant.local`, `*.plant.local`), addresses and networks (`10.1.2.3`,
 * `10.0.0.0/8`, `[fd00::1]`), each with a `:port` or for every port.
 *
 * A name must be listed. Where it leads must be a public address, or be listed as an address too: a
 * name whose address somebody else decides cannot be turned against the plant's own network.
 */
export class AllowList {
  readonly #lines: readonly Allowed[];

  /** Throws `deploy.bad-webhook` for a line that cannot be read. */
  constructor(lines: readonly string[]) {
    this.#lines = lines.map(parse);
  }

  /** Whether a message to this host, as a URL has it, may be tried at all. */
  allowsHost(hostname: string, port: number): boolean {
    const bare = hostname.replace(/^\[(.*)\]$/, "$1");
    if (isIP(bare) !== 0) return this.#lists(bare, port);
    const name = bare.toLowerCase().replace(/\.$/, "");
    return this.#lines.some((line) => line.host !== null && isPort(line, port) && (line.isSuffix ? name.endsWith(line.host) : name === line.host));
  }

  /** Whether a connection to this address, which an allowed name led to, may be made. */
  allowsAddress(address: string, port: number): boolean {
    return !inner.check(address, familyOf(address)) || this.#lists(address, port);
  }

  #lists(address: string, port: number): boolean {
    return this.#lines.some((line) => isPort(line, port) && (line.addresses?.check(address, familyOf(address)) ?? false));
  }
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIPv4(address) ? "ipv4" : "ipv6");
const isPort = ({ port }: Allowed, asked: number): boolean => port === null || port === asked;

function parse(line: string): Allowed {
  const text = line.trim().toLowerCase();
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:]+|[0-9a-f:]*:[0-9a-f:.]*:[0-9a-f:.]*(?:\/\d+)?))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = portText === undefined ? null : Number(portText);
  if (host === undefined || (port !== null && (port < 1 || port > 65_535))) throw unreadable(line);
  const [address, prefix] = host.split("/");
  if (isIP(address) !== 0) return { host: null, isSuffix: false, addresses: networkOf(line, address, prefix), port };
  if (!/^(\*\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(host)) throw unreadable(line);
  return { host: host.replace(/^\*/, ""), isSuffix: host.startsWith("*"), addresses: null, port };
}

function networkOf(line: string, address: string, prefix: string | undefined): BlockList {
  const list = new BlockList();
  const bits = isIPv4(address) ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  if (!/^\d+$/.test(prefix ?? "0") || length > bits) throw unreadable(line);
  list.addSubnet(address, length, familyOf(address));
  return list;
}

function unreadable(line: string): MillraceError {
  return new MillraceError("deploy.bad-webhook", `Cannot read an allow-list: ${JSON.stringify(line.slice(0, 80))} is neither a host nor an address`, {
    hint: "Write a name such as mes.plant.local or *.plant.local, an address or a network such as 10.0.0.0/8, and :port where only one is meant.",
  });
}
