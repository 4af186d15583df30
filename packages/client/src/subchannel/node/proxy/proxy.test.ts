// URLs of proxies, good and bad, lists of those reached directly, and what environment and option say together.
import { tlsChannelCredentials, UsageError } from "@trunkline/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseNoProxy } from "./no-proxy.js";
import { parseProxy } from "./proxy.js";
import { type Environment, proxiesOf, proxyEnvironment, toProxyRules } from "./proxy-rules.js";

describe("URLs of proxies", () => {
  it.each([
    [
      "http://proxy",
      { kind: "http", host: "proxy", port: 80, label: "http://proxy:80" },
      undefined,
    ],
    [
      "http://proxy:3128/",
      { kind: "http", host: "proxy", port: 3128, label: "http://proxy:3128" },
      undefined,
    ],
    [
      "proxy:3128",
      { kind: "http", host: "proxy", port: 3128, label: "http://proxy:3128" },
      undefined,
    ],
    [
      "HTTPS://proxy",
      { kind: "http", host: "proxy", port: 443, label: "https://proxy:443" },
      undefined,
    ],
    [
      "socks5://[::1]",
      { kind: "socks5", host: "::1", port: 1080, label: "socks5://[::1]:1080" },
      undefined,
    ],
    [
      "socks5h://10.0.0.1:9",
      { kind: "socks5", host: "10.0.0.1", port: 9, label: "socks5h://10.0.0.1:9" },
      undefined,
    ],
    [
      "http://ada:s%40cret@proxy:1",
      { kind: "http", host: "proxy", port: 1, label: "http://proxy:1" },
      "ada:s@cret",
    ],
    [
      "http://ada:s@cret:x@proxy:1",
      { kind: "http", host: "proxy", port: 1, label: "http://proxy:1" },
      "ada:s@cret:x",
    ],
    [
      "http://ada@proxy:1",
      { kind: "http", host: "proxy", port: 1, label: "http://proxy:1" },
      "ada:",
    ],
  ])("%s", (url, expected, user) => {
    const proxy = parseProxy({ url }, "option proxy");
    expect(proxy).toMatchObject(expected);
    const said = proxy.user === undefined ? undefined : `${proxy.user}:${proxy.password}`;
    expect(said).toBe(user);
    expect(proxy.credentials !== undefined).toBe(url.toLowerCase().startsWith("https"));
  });

  it.each([
    ["", /not the URL of a proxy/],
    ["http://", /not the URL of a proxy/],
    ["ftp://proxy", /"ftp" is no kind of proxy/],
    ["socks4://proxy", /"socks4" is no kind of proxy/],
    ["http://proxy:0", /port 0 is not from 1 to 65535/],
    ["http://proxy:70000", /port 70000/],
    ["http://proxy/path", /not the URL of a proxy/],
    ["http://[1.2.3.4]", /not an IPv6 address/],
    ["http://a:s3cret%@proxy", /not percent-encoded/],
    [`socks5://a:${"s3cret".repeat(50)}@proxy`, /at most 255 bytes/],
    [7, /option proxy is 7/],
  ])("%s is refused, without its password", (url, message) => {
    let error: unknown;
    try {
      parseProxy({ url: url as string }, "option proxy");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain("s3cret");
  });

  it.each([{ "bad name": "x" }, { name: "a\r\nb: c" }])(
    "headers like %j are refused",
    (headers) => {
      expect(() => parseProxy({ url: "http://proxy", headers }, "option proxy")).toThrow(
        UsageError,
      );
    },
  );

  it("keep the credentials of an https proxy", () => {
    const credentials = tlsChannelCredentials({ serverName: "x" });
    expect(parseProxy({ url: "https://proxy", credentials }, "x").credentials).toBe(credentials);
  });
});

describe("NO_PROXY", () => {
  it.each([
    ["*", "anything", true],
    ["", "anything", false],
    ["example.com", "example.com", true],
    ["example.com", "EXAMPLE.com.", true],
    ["example.com", "a.b.example.com", true],
    ["example.com", "badexample.com", false],
    [".example.com", "example.com", false],
    [".example.com", "a.example.com", true],
    ["*.example.com", "a.example.com", true],
    ["x, example.com ,y", "example.com", true],
    ["example.com:443", "example.com", true],
    ["example.com:444", "example.com", false],
    ["10.0.0.1", "10.0.0.1", true],
    ["10.0.0.1", "10.0.0.2", false],
    ["10.0.0.0/8", "10.200.3.4", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/8:443", "10.1.1.1", true],
    ["10.0.0.0/8", "ten.example", false],
    ["::1", "::1", true],
    ["[::1]", "0:0:0:0:0:0:0:1", true],
    ["[::1]:443", "::1", true],
    ["[::1]:1", "::1", false],
    ["fd00::/8", "fd12::1", true],
    ["fd00::/8", "fe80::1", false],
    ["fe80::/10", "fe80::1%eth0", true],
    ["10.0.0.0/8", "::ffff:10.0.0.1", true],
    ["10.0.0.0/99", "10.0.0.1", false],
    ["0.0", "10.0.0.0", false],
  ])("%j and %s:443: %s", (list, host, expected) => {
    expect(parseNoProxy(list.split(/[,\s]+/))(host, 443)).toBe(expected);
  });

  it.each(["10.0.0.0/99", "a b", "x:y:z", "[::1", "10.0.0.0/8/8"])(
    "%j is refused in an option",
    (entry) => {
      expect(() => parseNoProxy([entry], "option proxy.noProxy")).toThrow(`"${entry}"`);
    },
  );
});

it("any list is a list, and matches or not", () => {
  const unit = fc.constantFrom("a", "1", ".", ":", "/", "8", "[", "]", ",", "*", "f");
  fc.assert(
    fc.property(fc.string({ unit }), fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()), (list, host) => {
      expect(parseNoProxy(list.split(","))(host, 443)).toBeTypeOf("boolean");
      expect(parseNoProxy([host])(host, 443)).toBe(true);
    }),
  );
});

describe("the environment", () => {
  it.each<[Environment, string | undefined]>([
    [{}, undefined],
    [{ https_proxy: "" }, undefined],
    [{ http_proxy: "http://c" }, "http://c:80"],
    [{ https_proxy: "http://b", http_proxy: "http://c" }, "http://b:80"],
    [{ grpc_proxy: "socks5://a", https_proxy: "http://b" }, "socks5://a:1080"],
    [{ grpc_proxy: "", https_proxy: "http://b" }, "http://b:80"],
    [{ HTTPS_PROXY: "http://b" }, "http://b:80"],
    [{ HTTPS_PROXY: "http://b", https_proxy: "http://a" }, "http://a:80"],
    [{ HTTP_PROXY: "http://c" }, "http://c:80"],
    [{ HTTP_PROXY: "http://c", REQUEST_METHOD: "GET" }, undefined],
    [{ https_proxy: "http://b", no_proxy: "other,users.example" }, undefined],
    [{ https_proxy: "http://b", NO_PROXY: "users.example" }, undefined],
    [{ https_proxy: "http://b", no_grpc_proxy: "other", no_proxy: "*" }, "http://b:80"],
    [{ https_proxy: "http://b", no_grpc_proxy: "*" }, undefined],
  ])("%j: %s", (environment, expected) => {
    expect(toProxyRules(undefined, environment)("users.example", 443)?.label).toBe(expected);
    expect(toProxyRules(false, environment)("users.example", 443)).toBeUndefined();
    expect(toProxyRules("http://own", environment)("users.example", 443)?.label).toBe(
      "http://own:80",
    );
  });

  it.each([
    ["localhost", "http://proxy.example", false],
    ["127.0.0.1", "http://proxy.example", false],
    ["::1", "http://proxy.example", false],
    ["127.0.0.1", "http://127.0.0.1:3128", true],
    ["localhost", "http://[::1]:3128", true],
  ])("leads to %s by %s: %s", (host, url, expected) => {
    const rules = toProxyRules(undefined, { https_proxy: url });
    expect(rules(host, 1) !== undefined).toBe(expected);
  });

  it("that names an unusable proxy is an error, even beside a good one", () => {
    const environment = { grpc_proxy: "ftp://ada:s3cret@x", https_proxy: "http://b" };
    expect(() => toProxyRules(undefined, environment)).toThrow(
      'environment variable grpc_proxy is "ftp://[redacted]@x": "ftp" is no kind of proxy',
    );
  });
});

it("an environment that may not be read has no proxies", () => {
  const forbidden = new Proxy<Environment>(
    {},
    {
      get: () => {
        throw new Error("NotCapable");
      },
    },
  );
  expect(proxyEnvironment(forbidden)).toEqual({});
  const whole = { https_proxy: "http://p", NO_PROXY: "*", PATH: "/bin" };
  expect(proxyEnvironment(whole)).toEqual({ https_proxy: "http://p", NO_PROXY: "*" });
});

describe("the option", () => {
  it("has a list of its own", () => {
    const rules = toProxyRules({ url: "http://p", noProxy: ["10.0.0.0/8"] }, { no_proxy: "*" });
    expect(rules("10.1.1.1", 1)).toBeUndefined();
    expect(rules("11.1.1.1", 1)?.label).toBe("http://p:80");
  });

  it.each([true, 7, null, { url: undefined }])("%j is refused", (option) => {
    expect(() => toProxyRules(option as never, {})).toThrow(/option proxy is/);
  });
});

describe("the name of a target", () => {
  const tcp = (host: string) => ({ kind: "tcp", host, port: 1 }) as const;

  it("decides for its addresses; without one each address does", () => {
    const rules = toProxyRules({ url: "http://p", noProxy: ["inside", "10.0.0.0/8"] }, {});
    const inside = proxiesOf(rules, { host: "inside", port: 1 });
    expect(inside(tcp("11.0.0.1"))).toBeUndefined();
    const outside = proxiesOf(rules, { host: "outside", port: 1 });
    expect(outside(tcp("11.0.0.1"))).toBeDefined();
    expect(outside(tcp("10.0.0.1"))).toBeUndefined();
    expect(proxiesOf(rules, undefined)(tcp("11.0.0.1"))).toBeDefined();
    expect(proxiesOf(rules, undefined)(tcp("10.0.0.1"))).toBeUndefined();
  });
});
