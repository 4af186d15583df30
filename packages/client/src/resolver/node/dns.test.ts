// What a `dns:` resolver asks, and what it tells of the answers.
import { silentLog } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import type { Resolution, ResolverHost } from "../resolver.js";
import { parseTarget } from "../target.js";
import { createDnsResolver, type DnsLookups } from "./dns.js";

const config = { methodConfig: [{ name: [{}], timeout: "5s" }] };
const record = (serviceConfig: unknown): string[][] => [
  [`grpc_config=${JSON.stringify([{ serviceConfig }])}`],
];

/** Asks once or more, and gives what was told. */
async function ask(lookups: DnsLookups, target = "users.example:50051", times = 1) {
  const told: (Resolution | Error)[] = [];
  let settle: () => void = () => {};
  const tell = (news: Resolution | Error): void => {
    told.push(news);
    settle();
  };
  const resolver = createDnsResolver({ host: async () => ["10.0.0.1"], ...lookups }).createResolver(
    parseTarget(target, () => false),
    { resolved: tell, failed: tell },
    { log: silentLog } as ResolverHost,
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
      const [told] = await ask({ text }, target);
      expect((told as Resolution).serviceConfig).toBeUndefined();
    },
  );

  const fails = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));

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
    const told = await ask({ text }, undefined, 2);
    expect(told.map((news) => (news as Resolution).serviceConfig)).toEqual([config, expected]);
  });

  it("that cannot be read are told as an error, beside the addresses", async () => {
    const [told] = await ask({ text: async () => [["grpc_config={"]] });
    expect(told).toMatchObject({ endpoints: [{}], serviceConfig: expect.any(Error) });
  });

  it("do not stand in the way of a failure to find addresses", async () => {
    const [told] = await ask({ host: async () => [], text: async () => record(config) });
    expect((told as Error).message).toBe("DNS knows no address of users.example");
  });
});
