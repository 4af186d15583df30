// Who is trusted to say for whom it connects, and options that cannot be meant.
import { expect, it } from "vitest";
import { type ProxyProtocolOptions, planProxyProtocol } from "./options.js";

it.each([
  ["10.1.2.3", true],
  ["11.1.2.3", false],
  ["::ffff:10.1.2.3", true],
  ["192.0.2.7", true],
  ["192.0.2.8", false],
  ["fd00::1", true],
  ["fe80::1%eth0", true],
  ["::1", false],
  [undefined, false],
])("%s: %s", (ip, expected) => {
  const trusted = ["10.0.0.0/8", "192.0.2.7", "fd00::/8", "fe80::1"];
  expect(planProxyProtocol({ trusted }).isTrusted(ip)).toBe(expected);
});

it("unix-domain sockets are trusted when they are named", () => {
  expect(planProxyProtocol({ trusted: ["unix"] }).isTrusted(undefined)).toBe(true);
});

it.each([
  [{ trusted: [] }, "proxyProtocol.trusted must name the proxies"],
  [{}, "proxyProtocol.trusted must name the proxies"],
  [{ trusted: ["proxy.example"] }, '"proxy.example", which is no IP address'],
  [{ trusted: ["10.0.0.0/33"] }, '"10.0.0.0/33", which is no IP address'],
  [{ trusted: ["10.0.0.0/8/8"] }, "which is no IP address"],
  [{ trusted: [7] }, "which is no IP address"],
  [{ trusted: ["::1"], mode: "maybe" }, 'must be "required" or "optional", not "maybe"'],
  [{ trusted: ["::1"], timeoutMs: 0 }, "proxyProtocol.timeoutMs must be a whole number from 1"],
  [{ trusted: ["::1"], maxHeaderBytes: 100 }, "proxyProtocol.maxHeaderBytes must be a whole"],
])("%j is refused", (options, message) => {
  expect(() => planProxyProtocol(options as unknown as ProxyProtocolOptions)).toThrow(message);
});
