// What a `dns:` resolver asks, and what it tells of the answers.
import { silentLog } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { describe, expect, it } from "vitest";
import { formatAddress } from "../address.js";
import type { Resolution, ResolverHost } from "../resolver.js";
import { parseTarget } from "../target.js";
import { createDnsResolver, type DnsParts } from "./dns.js";
import type { NameSource } from "./name-source.js";

const config = { methodConfig: [{ name: [{}], timeout: "5s" }] };
const record = (serviceConfig: unknown): string[][] => [
  [`grpc_config=${JSON.stringify([{ serviceConfig }])}`],
];
const fails = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));

/** A source that knows one host, unless the test says otherwise. */
function source(answers: Partial<NameSource>): NameSource {
  return {
    label: "the test",
    addresses: async () => ({ hosts: ["10.0.0.1"], ttlMs: 300_000 }),
    services: () => fails("ENOTFOUND"),
    text: () => fails("ENOTFOUND"),
    cancel: () => {},
    ...answers,
  };
}

interface Asking extends DnsParts {
  readonly target?: string;
  readonly times?: number;
}

/** Asks once or more, and gives what was told. */
async function ask(answers: Partial<NameSource>, asking: Asking = {}) {
  const { target = "users.example:50051", times = 1, ...parts } = asking;
  const told: (Resolution | Error)[] = [];
  let settle: () => void = () => {};
  const tell = (news: Resolution | Error): void => {
    told.push(news);
    settle();
  };
  const factory = createDnsResolver({ openSource: () => source(answers), ...parts });
  const host: ResolverHost = { log: silentLog, clock: new FakeClock() };
  const resolver = factory.createResolver(
    parseTarget(target, (scheme) => scheme === "dns"),
    { resolved: tell, failed: tell },
    host,
  );
  for (let i = 0; i < times; i++) {
    const answered = new Promise<void>((resolve) => {
      settle = resolve;
    });
    resolver.resolve();
    await answered;
  }
  resolver.close();
  return told;
}

describe("service configs", () => {
  it("D6 stand in the TXT records of _grpc_config.<host>", async () => {
    const names: string[] = [];
    const text = async (name: string) => {
      names.push(name);
      return record(config);
    };
    expect(await ask({ text })).toMatchObject([{ serviceConfig: config }]);
    expect(names).toEqual(["_grpc_config.users.example"]);
  });

  it.each(["localhost:1", "api.localhost:1", "127.0.0.1:1", "[::1]:1"])(
    "are not asked for %s (gRFC A10)",
    async (target) => {
      const text = () => Promise.reject(new Error("asked"));
      const [told] = await ask({ text }, { target });
      expect((told as Resolution).serviceConfig).toBeUndefined();
    },
  );

  it("are not asked for when nobody wants them", async () => {
    const [told] = await ask({ text: async () => record(config) }, { findsConfig: false });
    expect((told as Resolution).serviceConfig).toBeUndefined();
  });

  it.each([
    ["ENODATA", undefined],
    ["ENOTFOUND", undefined],
    ["ETIMEOUT", config],
    ["ESERVFAIL", config],
  ])("that were there and now end in %s: %j", async (code, expected) => {
    let first = true;
    const text = () => {
      const answer = first ? Promise.resolve(record(config)) : fails(code);
      first = false;
      return answer;
    };
    const told = await ask({ text }, { times: 2 });
    expect(told.map((news) => (news as Resolution).serviceConfig)).toEqual([config, expected]);
  });

  it("that cannot be read are told as an error, beside the addresses", async () => {
    const [told] = await ask({ text: async () => [["grpc_config={"]] });
    expect(told).toMatchObject({ endpoints: [{}], serviceConfig: expect.any(Error) });
  });

  it("do not stand in the way of a failure to find addresses", async () => {
    const addresses = async () => ({ hosts: [], ttlMs: undefined });
    const [told] = await ask({ addresses, text: async () => record(config) });
    expect((told as Error).message).toBe(
      "cannot find users.example: it has no address; asked the test, 0 ms",
    );
  });
});

describe("answers hold", () => {
  it.each([
    [0, {}, 30_000],
    [5000, {}, 30_000],
    [60_000, {}, 60_000],
    [864e5, {}, 3_600_000],
    [undefined, {}, 60_000],
    [Infinity, {}, undefined],
    [0, { minTtlMs: 1000 }, 1000],
    [90_000, { maxTtlMs: 45_000 }, 45_000],
    [90_000, { refreshMs: 15_000 }, 15_000],
    [undefined, { refreshMs: 15_000 }, 15_000],
    [Infinity, { refreshMs: 15_000 }, undefined],
    [90_000, { refreshMs: Infinity }, undefined],
  ])("a time to live of %s ms with %j: %s ms", async (ttlMs, options, expected) => {
    const [told] = await ask({ addresses: async () => ({ hosts: ["::1"], ttlMs }) }, { options });
    expect((told as Resolution).ttlMs).toBe(expected);
  });
});

describe("failures", () => {
  it("name host, code, cause, who was asked and the time it took", async () => {
    const [told] = await ask({ addresses: () => fails("ESERVFAIL") });
    expect(told).toMatchObject({
      message: "cannot find users.example: ESERVFAIL; asked the test, 0 ms",
      code: "ESERVFAIL",
      cause: { code: "ESERVFAIL" },
    });
  });

  it("come in time when nobody answers, and the questions are taken back", async () => {
    const clock = new FakeClock();
    let cancelled = 0;
    const told: Error[] = [];
    const silence = source({
      addresses: () => new Promise(() => {}),
      cancel: () => {
        cancelled++;
      },
    });
    const resolver = createDnsResolver({
      openSource: () => silence,
      options: { timeoutMs: 500 },
    }).createResolver(
      parseTarget("users:1", () => false),
      { resolved: () => {}, failed: (error) => told.push(error) },
      { clock, log: silentLog },
    );
    resolver.resolve();
    clock.advance(499);
    expect(cancelled).toBe(0);
    clock.advance(1);
    await new Promise(setImmediate);
    expect(cancelled).toBe(1);
    expect(told.map(({ message }) => message)).toEqual([
      "cannot find users: no answer within 500 ms (option dns.timeoutMs); asked the test, 500 ms",
    ]);
  });

  it("after the end are nobody's business", async () => {
    const told: unknown[] = [];
    let refuse: (error: Error) => void = () => {};
    const addresses = () => new Promise<never>((_resolve, reject) => (refuse = reject));
    const tell = (news: unknown): void => void told.push(news);
    const resolver = createDnsResolver({ openSource: () => source({ addresses }) }).createResolver(
      parseTarget("users:1", () => false),
      { resolved: tell, failed: tell },
      { clock: new FakeClock(), log: silentLog },
    );
    resolver.resolve();
    resolver.close();
    refuse(new Error("cancelled"));
    await new Promise(setImmediate);
    expect(told).toEqual([]);
  });
});

describe("services", () => {
  const target = "dns:///_grpc._tcp.users.example";
  const srv = (name: string, priority: number, weight: number, port = 1) => {
    return { name, priority, weight, port };
  };
  const hosts: Record<string, string[]> = {
    a: ["10.0.0.1", "fd00::1"],
    b: ["10.0.0.2"],
    c: ["10.0.0.3"],
  };
  const addresses = async (host: string) => {
    if (hosts[host] === undefined) return fails("ENOTFOUND");
    return { hosts: hosts[host], ttlMs: host === "b" ? 40_000 : 90_000 };
  };

  it("become endpoints with priority and weight, all addresses of a server in one", async () => {
    const services = async () => [srv("c", 20, 0, 3), srv("a", 10, 1, 1), srv("b", 10, 9, 2)];
    const [told] = await ask({ services, addresses }, { target, random: () => 0.5 });
    expect((told as Resolution).ttlMs).toBe(40_000);
    const endpoints = (told as Resolution).endpoints.map(({ addresses, weight, priority }) => {
      return [addresses.map(formatAddress).join(), weight, priority];
    });
    expect(endpoints).toEqual([
      ["10.0.0.2:2", 9, 10],
      ["10.0.0.1:1,[fd00::1]:1", 1, 10],
      ["10.0.0.3:3", 1, 20],
    ]);
  });

  it("keep going without the targets that cannot be found, which are asked for again soon", async () => {
    const services = async () => [srv("nobody", 10, 1), srv("b", 10, 1)];
    const [told] = await ask({ services, addresses }, { target });
    expect(told).toMatchObject({
      endpoints: [{ addresses: [{ host: "10.0.0.2" }] }],
      ttlMs: 30_000,
    });
  });

  it.each([
    ["no record", [], /its SRV records name no server/],
    ["a dot alone", [srv(".", 0, 0)], /its SRV records name no server/],
    ["lost targets", [srv("nobody", 0, 0)], /ENOTFOUND/],
  ])("fail with %s", async (_title, records, message) => {
    const [told] = await ask({ services: async () => records, addresses }, { target });
    expect((told as Error).message).toMatch(message);
    expect((told as Error).message).toContain("cannot find _grpc._tcp.users.example: ");
  });

  it("take their service config and their authority from the domain", async () => {
    const names: string[] = [];
    const text = async (name: string) => {
      names.push(name);
      return record(config);
    };
    const services = async () => [srv("a", 0, 0)];
    const [told] = await ask({ services, addresses, text }, { target });
    expect(told).toMatchObject({ serviceConfig: config });
    expect(names).toEqual(["_grpc_config.users.example"]);
    const parsed = parseTarget(target, (scheme) => scheme === "dns");
    expect(createDnsResolver().defaultAuthority(parsed)).toBe("users.example");
  });
});

describe("options", () => {
  it.each([
    [{ minIntervalMs: -1 }, "option dns.minIntervalMs is -1"],
    [{ minTtlMs: 10 }, "option dns.minTtlMs is 10"],
    [{ maxTtlMs: 5000 }, "option dns.maxTtlMs is 5000"],
    [{ refreshMs: 1 }, "option dns.refreshMs is 1"],
    [{ timeoutMs: Number.NaN }, "option dns.timeoutMs is NaN"],
    [{ servers: ["ns.example"] }, 'option dns.servers: "ns.example" is not the IP address'],
    [{ servers: "1.1.1.1" as never }, "option dns.servers is"],
  ])("%j are refused", (options, message) => {
    expect(() => createDnsResolver({ options })).toThrow(message);
  });

  it("name servers, whom the target's own goes before", async () => {
    const asked: (readonly string[])[] = [];
    const openSource = (servers: readonly string[]) => {
      asked.push(servers);
      return source({});
    };
    const options = { servers: ["10.0.0.53", "[fd00::53]:5353"] };
    await ask({}, { options, openSource });
    await ask({}, { options, openSource, target: "dns://8.8.8.8:53/users:1" });
    expect(asked).toEqual([options.servers, ["8.8.8.8:53"]]);
  });
});
