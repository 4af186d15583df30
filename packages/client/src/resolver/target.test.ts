// Tables of targets, good and bad, and of what they resolve to.
import { silentLog, UsageError } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatAddress } from "./address.js";
import { isIpv4, isIpv6, parseHostPort } from "./host-port.js";
import { createDnsResolver } from "./node/dns.js";
import { createResolverRegistry } from "./registry.js";
import type { Resolution } from "./resolver.js";
import { parseTarget } from "./target.js";

const registry = createResolverRegistry({
  dns: createDnsResolver({
    findsConfig: false,
    openSource: () => ({
      label: "the test",
      addresses: async () => ({ hosts: ["10.0.0.1", "::1"], ttlMs: undefined }),
      services: async () => [{ name: "a", port: 7, priority: 0, weight: 0 }],
      text: async () => [],
      cancel: () => {},
    }),
  }),
});

async function resolve(text: string): Promise<{ authority: string; addresses: string[] }> {
  const target = parseTarget(text, (scheme) => registry.has(scheme));
  const factory = registry.get(target.scheme)!;
  const authority = factory.defaultAuthority(target);
  const found = await new Promise<Resolution>((resolved, failed) => {
    const host = { clock: new FakeClock(), log: silentLog };
    factory.createResolver(target, { resolved, failed }, host).resolve();
  });
  const addresses = found.endpoints.flatMap((endpoint) => endpoint.addresses);
  return { authority, addresses: addresses.map(formatAddress) };
}

describe("targets", () => {
  it.each([
    ["users:50051", "users:50051", ["10.0.0.1:50051", "[::1]:50051"]],
    ["users", "users", ["10.0.0.1:443", "[::1]:443"]],
    ["dns:users:1", "users:1", ["10.0.0.1:1", "[::1]:1"]],
    ["dns:///users:1", "users:1", ["10.0.0.1:1", "[::1]:1"]],
    ["DNS:///users:1", "users:1", ["10.0.0.1:1", "[::1]:1"]],
    ["127.0.0.1:7", "127.0.0.1:7", ["127.0.0.1:7"]],
    ["[::1]:7", "[::1]:7", ["[::1]:7"]],
    ["dns:///[fe80::1%eth0]:7", "[fe80::1]:7", ["[fe80::1%eth0]:7"]],
    ["ipv4:1.2.3.4:5", "1.2.3.4:5", ["1.2.3.4:5"]],
    ["ipv4:1.2.3.4:5,6.7.8.9:10", "1.2.3.4:5", ["1.2.3.4:5", "6.7.8.9:10"]],
    ["ipv4:///1.2.3.4", "1.2.3.4", ["1.2.3.4:443"]],
    ["ipv6:[::1]:5,[2001:db8::2]:6", "[::1]:5", ["[::1]:5", "[2001:db8::2]:6"]],
    ["ipv6:2001:db8::2,[::1]:5", "[2001:db8::2]", ["[2001:db8::2]:443", "[::1]:5"]],
    ["unix:/run/a.sock", "localhost", ["unix:/run/a.sock"]],
    ["unix:a.sock", "localhost", ["unix:a.sock"]],
    ["unix:///run/a.sock", "localhost", ["unix:/run/a.sock"]],
    ["unix:/run/a%20b%2Fc.sock", "localhost", ["unix:/run/a b/c.sock"]],
    ["unix:/run/100%.sock", "localhost", ["unix:/run/100%.sock"]],
    ["unix-abstract:a", "localhost", ["unix-abstract:a"]],
    ["unix-abstract:/a/b", "localhost", ["unix-abstract:/a/b"]],
    ["unix-abstract:///a", "localhost", ["unix-abstract:/a"]],
    ["unix-abstract:a%00b", "localhost", ["unix-abstract:a%00b"]],
    ["passthrough:///users:1", "users:1", ["users:1"]],
    ["passthrough:users", "users", ["users:443"]],
    ["passthrough:[::1]:2", "[::1]:2", ["[::1]:2"]],
    ["dns://8.8.8.8/users:1", "users:1", ["10.0.0.1:1", "[::1]:1"]],
    ["dns://8.8.8.8:5353/users:1", "users:1", ["10.0.0.1:1", "[::1]:1"]],
    ["dns://[2001:4860:4860::8888]:53/users:1", "users:1", ["10.0.0.1:1", "[::1]:1"]],
    ["dns://%5B::1%5D:53/users:1", "users:1", ["10.0.0.1:1", "[::1]:1"]],
    ["dns:///us%65rs:1", "users:1", ["10.0.0.1:1", "[::1]:1"]],
    ["dns:///[fe80::1%25eth0]:7", "[fe80::1]:7", ["[fe80::1%eth0]:7"]],
    ["ipv6:[fe80::1%25lo]:5", "[fe80::1]:5", ["[fe80::1%lo]:5"]],
    ["[fe80::1%12]:7", "[fe80::1]:7", ["[fe80::1%12]:7"]],
    ["_grpc._tcp.users.example", "users.example", ["10.0.0.1:7", "[::1]:7"]],
    ["dns:///_grpc._tcp.users.example", "users.example", ["10.0.0.1:7", "[::1]:7"]],
  ])("%s", async (text, authority, addresses) => {
    expect(await resolve(text)).toEqual({ authority, addresses });
  });

  it.each([
    ["", /expected host:port/],
    ["   ", /expected host:port/],
    ["localhost:", /port ""/],
    ["localhost:0", /port "0"/],
    ["localhost:65536", /port "65536"/],
    ["localhost:http", /port "http"/],
    ["localhost:1:2", /in brackets/],
    ["::1", /in brackets/],
    ["[::1", /not host:port/],
    ["[1.2.3.4]:5", /not an IPv6 address/],
    ["1.2.3:5", /not an IPv4 address/],
    ["256.1.1.1:5", /not an IPv4 address/],
    ["user@host:5", /not host:port/],
    ["http://users:80", /TLS is chosen by the credentials/],
    ["nosuch:///x", /scheme "nosuch"/],
    ["dns://ns.example/users:1", /"ns.example" is not the IP address of a DNS server/],
    ["dns://8.8.8.8:x/users:1", /"8.8.8.8:x" is not the IP address/],
    ["dns://users:1", /write dns:\/\/\/users:1/],
    ["dns:///_grpc._tcp.users:1", /the port of the service "_grpc._tcp.users" comes from DNS/],
    ["dns:///%ff:1", /"%ff" is not percent-encoded UTF-8/],
    ["unix-abstract:", /expected unix-abstract:name/],
    [`unix-abstract:${"x".repeat(108)}`, /at most 107 bytes/],
    ["unix:/a%00b", /cannot hold a NUL/],
    ["passthrough:", /not host:port/],
    ["passthrough://server/users:1", /takes no authority/],
    ["ipv4://1.2.3.4:5", /takes no authority.*write ipv4:1.2.3.4:5/],
    ["dns:///", /not host:port/],
    ["ipv4:", /not host:port/],
    ["ipv4:1.2.3.4:5,", /not host:port/],
    ["ipv4:localhost:5", /"localhost" is not an ipv4 address/],
    ["ipv4:[::1]:5", /not an ipv4 address/],
    ["ipv6:1.2.3.4:5", /not an ipv6 address/],
    ["unix:", /unix:\/path/],
    ["unix:///", /unix:\/path/],
    ["unix://host/path", /takes no authority/],
  ])("refuses %j, naming it", async (text, message) => {
    const failure = await resolve(text).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).toContain(text.trim());
  });
});

describe("any text at all", () => {
  const schemes = ["dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:", "passthrough:", ""];
  const texts = fc.tuple(
    fc.constantFrom(...schemes),
    fc.constantFrom("", "//", "///"),
    fc.string({
      unit: fc.constantFrom("a", "1", ".", ":", "%", "2", "5", "[", "]", "/", ",", "é"),
    }),
  );

  it("is a target or a UsageError that shows it", () => {
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join("");
        try {
          const target = parseTarget(text, (scheme) => registry.has(scheme));
          expect(registry.get(target.scheme)?.defaultAuthority(target)).toBeTypeOf("string");
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expect((error as Error).message).toContain(text.trim());
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("IP literals", () => {
  it.each(["::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "fe80::1%eth0", "2001:DB8::a"])(
    "%s is IPv6",
    (text) => {
      expect(isIpv6(text)).toBe(true);
    },
  );

  it.each([
    "",
    ":",
    ":::",
    "1",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "12345::",
    "::g",
    "::1%",
    "1.2.3.4::",
    "1:2:3:4:5:6:7::8",
  ])("%s is not", (text) => {
    expect(isIpv6(text)).toBe(false);
  });

  it.each(["0.0.0.0", "255.255.255.255"])("%s is IPv4", (text) => {
    expect(isIpv4(text)).toBe(true);
  });

  it.each(["1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "a.b.c.d"])("%s is not", (text) => {
    expect(isIpv4(text)).toBe(false);
  });

  it("have the default port 443", () => {
    expect(parseHostPort("[::1]", "x")).toEqual({ host: "::1", port: 443 });
  });
});
