// What a listener can be told about the proxies in front of it, checked before anything is opened.
import { BlockList, type IPVersion, isIP } from "node:net";
import { describeValue, UsageError } from "@trunkline/core";

/** Option `proxyProtocol` of `Server.listen`: proxies that say for whom they connect. */
export interface ProxyProtocolOptions {
  /**
   * Who may send headers: IP addresses and networks, for example `["10.0.0.0/8", "fd00::/8", "192.0.2.7"]`, and `"unix"`
   * for whoever reaches a unix-domain socket. Anybody else could claim any address. Required, not empty.
   */
  readonly trusted: readonly string[];
  /**
   * `required`: connections without a header, or from elsewhere than `trusted`, are closed. `optional`: a header of
   * those in `trusted` is read if there is one; everybody else is served as if there were no such protocol, so that a
   * header is not understood. Default `required`.
   */
  readonly mode?: "required" | "optional" | undefined;
  /**
   * How long a header may take to come, in milliseconds, 1 to 2^31 - 1. In mode `optional` that holds for the first bytes
   * of whatever comes. Default: the server's `handshakeTimeoutMs`.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * The longest header of version 2 in bytes, 232 to 65,551; larger ones end the connection. Those of version 1 have 107
   * at most. Default 4096.
   */
  readonly maxHeaderBytes?: number | undefined;
}

/** Checked options. */
export interface ProxyProtocolPlan {
  readonly isRequired: boolean;
  readonly timeoutMs: number | undefined;
  readonly maxHeaderBytes: number;
  /** @param ip undefined on a unix-domain socket. */
  isTrusted(ip: string | undefined): boolean;
}

/**
 * Fills in the defaults.
 * @throws {UsageError} for what is no address, and values out of their ranges.
 */
export function planProxyProtocol(options: ProxyProtocolOptions): ProxyProtocolPlan {
  const { trusted, mode = "required", timeoutMs, maxHeaderBytes = 4096 } = options;
  if (!Array.isArray(trusted) || trusted.length === 0) {
    throw new UsageError(
      `proxyProtocol.trusted must name the proxies that may say for whom they connect, not ${describeValue(trusted)}`,
    );
  }
  if (mode !== "required" && mode !== "optional") {
    throw new UsageError(
      `proxyProtocol.mode must be "required" or "optional", not ${describeValue(mode)}`,
    );
  }
  checkWhole("maxHeaderBytes", maxHeaderBytes, 232, 65_551);
  if (timeoutMs !== undefined) checkWhole("timeoutMs", timeoutMs, 1, 2 ** 31 - 1);
  const addresses = new BlockList();
  for (const entry of trusted) if (entry !== "unix") addTrusted(addresses, entry);
  const trustsUnix = trusted.includes("unix");
  return {
    isRequired: mode === "required",
    timeoutMs,
    maxHeaderBytes,
    isTrusted: (ip) => (ip === undefined ? trustsUnix : isListed(addresses, ip)),
  };
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(
    `proxyProtocol.${name} must be a whole number from ${least} to ${most}, not ${describeValue(value)}`,
  );
}

function addTrusted(addresses: BlockList, entry: unknown): void {
  const [ip = "", prefix, ...rest] = String(entry).split("/");
  const version = isIP(ip);
  const most = version === 4 ? 32 : 128;
  const isPrefix = prefix === undefined || (/^[0-9]{1,3}$/.test(prefix) && Number(prefix) <= most);
  if (typeof entry !== "string" || version === 0 || !isPrefix || rest.length > 0) {
    throw new UsageError(
      `proxyProtocol.trusted has ${describeValue(entry)}, which is no IP address, no network such as 10.0.0.0/8, and not "unix"`,
    );
  }
  addresses.addSubnet(ip, prefix === undefined ? most : Number(prefix), nameOf(version));
}

/** An IPv4 address that came in on an IPv6 socket counts as the IPv4 address. */
function isListed(addresses: BlockList, ip: string): boolean {
  const plain = /^::ffff:(?=[0-9]+\.)/i.test(ip) ? ip.slice(7) : ip;
  const address = plain.replace(/%.*$/, "");
  return isIP(address) !== 0 && addresses.check(address, nameOf(isIP(address)));
}

const nameOf = (version: number): IPVersion => (version === 4 ? "ipv4" : "ipv6");
