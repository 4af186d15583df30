// Whose address counts: that of the connection, or what trusted proxies say of it, and nothing that a client made up.
import { Metadata, UsageError } from "@trunkline/core";
import { describe, expect, it, test } from "vitest";
import { createHandlerContext } from "../testing/handler-context.js";
import { byAddress } from "./client-address.js";
import { NetworkList, networkOf, parseIp } from "./networks.js";

function keyOf(address: string, forwarded: readonly string[], trustedProxies: readonly string[]) {
  const metadata = new Metadata();
  for (const value of forwarded) metadata.append("x-forwarded-for", value);
  return byAddress({ trustedProxies })(createHandlerContext({ peer: { address }, metadata }));
}

describe("byAddress", () => {
  it.each<[string, string[], string[], string]>([
    ["192.0.2.1:5", [], [], "address:192.0.2.1"],
    ["[2001:db8:1:2:3:4:5:6]:5", [], [], "address:2001:db8:1:2::/64"],
    ["[::ffff:192.0.2.1]:5", [], [], "address:192.0.2.1"],
    ["unix:", [], [], "address:unix:"],
    ["memory", ["1.1.1.1"], ["unix"], "address:memory"],
    // Nobody is trusted who was not named.
    ["192.0.2.1:5", ["1.1.1.1"], [], "address:192.0.2.1"],
    ["192.0.2.1:5", ["1.1.1.1"], ["10.0.0.0/8"], "address:192.0.2.1"],
    ["10.1.2.3:5", ["1.1.1.1"], ["10.0.0.0/8"], "address:1.1.1.1"],
    ["[::ffff:10.1.2.3]:5", ["1.1.1.1"], ["10.0.0.0/8"], "address:1.1.1.1"],
    ["[fd00::1]:5", ["1.1.1.1"], ["fd00::/8"], "address:1.1.1.1"],
    ["unix:", ["1.1.1.1"], ["unix"], "address:1.1.1.1"],
    // What stands before the first stranger, read from the end, the client may have written.
    ["10.0.0.1:5", ["6.6.6.6, 1.1.1.1"], ["10.0.0.0/8"], "address:1.1.1.1"],
    ["10.0.0.1:5", ["6.6.6.6", "1.1.1.1, 10.0.0.2"], ["10.0.0.0/8"], "address:1.1.1.1"],
    ["10.0.0.1:5", ["10.0.0.3, 10.0.0.2"], ["10.0.0.0/8"], "address:10.0.0.3"],
    ["10.0.0.1:5", ["1.1.1.1, unknown"], ["10.0.0.0/8"], "address:10.0.0.1"],
    ["10.0.0.1:5", ["1.1.1.1, nonsense, 10.0.0.2"], ["10.0.0.0/8"], "address:10.0.0.2"],
    ["10.0.0.1:5", [""], ["10.0.0.0/8"], "address:10.0.0.1"],
    ["10.0.0.1:5", ["1.1.1.1:443"], ["10.0.0.1"], "address:1.1.1.1"],
    ["10.0.0.1:5", ["[2001:db8::1]:443"], ["10.0.0.1"], "address:2001:db8::/64"],
  ])("%s, x-forwarded-for %j, trusting %j: %s", (address, forwarded, trusted, expected) => {
    expect(keyOf(address, forwarded, trusted)).toBe(expected);
  });

  it("looks at a connection once, and at a field of a trusted one each time", () => {
    const peer = createHandlerContext({ peer: { address: "10.0.0.1:5" } }).peer;
    const key = byAddress({ trustedProxies: ["10.0.0.1"], ipv6PrefixBits: 128 });
    const ask = (value: string) => {
      const call = createHandlerContext({ metadata: { "x-forwarded-for": value } });
      return key(Object.defineProperty(call, "peer", { value: peer }));
    };
    expect([ask("1.1.1.1"), ask("2001:db8::1")]).toEqual([
      "address:1.1.1.1",
      "address:2001:db8::1",
    ]);
  });

  it.each([0, 129, 1.5, Number.NaN])("%s bits are none", (ipv6PrefixBits) =>
    expect(() => byAddress({ ipv6PrefixBits })).toThrow(UsageError),
  );
});

test.each([
  ["1.2.3.4", "1.2.3.4"],
  ["1.2.3.4:80", "1.2.3.4"],
  ["[::1]:80", "::1"],
  ["::1", "::1"],
  ["fe80::1%eth0", "fe80::1"],
  ["::FFFF:1.2.3.4", "1.2.3.4"],
  ["unix:/a", undefined],
  ["1.2.3", undefined],
  ["", undefined],
])("the address in %j: %s", (text, expected) => expect(parseIp(text)).toBe(expected));

test.each([
  ["1.2.3.4", 64, "1.2.3.4"],
  ["::1", 64, "::/64"],
  ["2001:db8::1", 32, "2001:db8::/32"],
  ["2001:db8:ffff:ffff::1", 44, "2001:db8:fff0::/44"],
  ["1:2:3:4:5:6:7:8", 127, "1:2:3:4:5:6:7:8/127"],
  ["64:ff9b::192.0.2.1", 112, "64:ff9b:0:0:0:0:c000::/112"],
])("the network of %s with %d bits: %s", (ip, bits, expected) =>
  expect(networkOf(ip, bits)).toBe(expected),
);

test.each(["10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.1/x", "10.0.0.1/", "example.org"])(
  "%s is no network",
  (network) => expect(() => new NetworkList("trustedProxies", [network])).toThrow(UsageError),
);
