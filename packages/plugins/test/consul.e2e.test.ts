// The Consul resolver and registration against a stand-in agent over real sockets.
import type { ServerResponse } from "node:http";
import { createChannel } from "@trunkline/client";
import { silentLog } from "@trunkline/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ConsulRegistrationOptions,
  type ConsulResolverOptions,
  createConsulResolver,
  registerInConsul,
} from "../src/consul/index.js";
import { ConsulStandIn } from "./consul-agent.js";
import { type Followed, follow } from "./followed.js";
import { selfSigned } from "./self-signed.js";
import { Watched } from "./until.js";

const soon = { minIntervalMs: 0, backoff: { initialMs: 10, maxMs: 20 } };
const closing: (() => unknown)[] = [];
let agent: ConsulStandIn;

beforeEach(async () => {
  agent = new ConsulStandIn();
  await agent.http.start();
  closing.push(() => agent.http.stop());
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function watch(query = "", options: ConsulResolverOptions = {}): Followed {
  const text = `consul://127.0.0.1:${agent.http.port}/users${query}`;
  const followed = follow(createConsulResolver({ ...soon, ...options }), text);
  closing.push(() => followed.resolver.close());
  return followed;
}

async function register(more: Partial<ConsulRegistrationOptions> = {}) {
  const options = {
    service: "users",
    host: "10.0.0.1",
    port: 1,
    address: `127.0.0.1:${agent.http.port}`,
    log: silentLog,
    ...more,
  };
  const registration = await registerInConsul(options);
  closing.push(() => registration.close());
  return registration;
}

describe("servers", () => {
  it("come, go, and fall ill", async () => {
    const users = watch();
    await users.finds();
    agent.add("a", 1);
    await users.finds("10.0.0.1:1");
    agent.add("b", 2, { Address: "", Weights: { Passing: 3, Warning: 1 } });
    await users.finds("10.0.0.1:1", "10.0.0.9:2");
    expect(users.found.value?.map(({ weight, zone }) => [weight, zone])).toEqual([
      [undefined, "north"],
      [3, "north"],
    ]);
    agent.setStatus("a", "critical");
    await users.finds("10.0.0.9:2");
    agent.setStatus("a", "passing");
    agent.setStatus("b", "warning");
    await users.finds("10.0.0.1:1");
  });

  it("that warn are there when asked for, with the weight of a warning", async () => {
    agent.add("b", 2, { Weights: { Passing: 3, Warning: 2 } });
    agent.setStatus("b", "warning");
    agent.add("c", 3);
    agent.setStatus("c", "critical");
    const users = watch("?passing=false");
    await users.finds("10.0.0.1:2");
    expect(users.found.value?.[0]?.weight).toBe(2);
  });

  it("are chosen by tags", async () => {
    agent.add("a", 1, { Tags: ["v1"] });
    agent.add("b", 2, { Tags: ["v1", "v2"] });
    await watch("?tag=v1&tag=v2").finds("10.0.0.1:2");
    await watch("?tag=v1").finds("10.0.0.1:1", "10.0.0.1:2");
  });

  it("are asked for with the token of the moment", async () => {
    let count = 0;
    const users = watch("", { token: async () => `token-${++count}` });
    await users.finds();
    agent.add("a", 1);
    await users.finds("10.0.0.1:1");
    expect([...agent.tokens].slice(0, 2)).toEqual(["token-1", "token-2"]);
  });
});

describe("an agent", () => {
  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    [
      "has no leader",
      (response) => {
        response.statusCode = 500;
        response.end("No cluster leader");
      },
      /HTTP status 500: No cluster leader/,
    ],
    ["answers no JSON", (response) => response.end("<html>"), /not JSON: \\"<html>\\"/],
    ["breaks off", (response) => void response.destroy(), /socket hang up|ECONNRESET/],
    [
      "breaks off within the answer",
      (response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("[", () => response.destroy());
      },
      /the answer broke off/,
    ],
  ])("that %s is asked again, and what is known stays", async (_what, fault, why) => {
    agent.add("a", 1);
    const users = watch();
    await users.finds("10.0.0.1:1");
    // Twice: some runtimes ask again by themselves when a connection was used before.
    agent.faults.push(fault, fault);
    agent.change();
    await users.logged.until((all) => all.some((text) => text.includes("answers again")));
    expect(users.logged.value[0]).toMatch(/the endpoints known stay in use/);
    expect(users.logged.value[0]).toMatch(why);
    expect(users.failures.value).toEqual([]);
    agent.add("b", 2);
    await users.finds("10.0.0.1:1", "10.0.0.1:2");
  });

  it("that is away and comes back has been missed", async () => {
    agent.add("a", 1);
    const users = watch();
    await users.finds("10.0.0.1:1");
    await agent.http.stop();
    await users.logged.until((all) => all.some((text) => text.includes("stay in use")));
    // It has forgotten everything, its index as well.
    agent.services.clear();
    agent.index = 1;
    agent.add("b", 2);
    await agent.http.start();
    await users.finds("10.0.0.1:2");
  });

  it("whose index goes back is asked afresh", async () => {
    agent.add("a", 1);
    const users = watch();
    await users.finds("10.0.0.1:1");
    agent.index = 3;
    agent.add("b", 2);
    await users.finds("10.0.0.1:1", "10.0.0.1:2");
    agent.add("c", 3);
    await users.finds("10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3");
  });

  it("that was never there fails the channel, naming itself and the service", async () => {
    await agent.http.stop();
    const users = watch();
    await users.failures.until((all) => all.length > 1);
    expect(users.failures.value[0]).toMatch(
      /^Consul 127\.0\.0\.1:\d+, service "users": .*ECONNREFUSED 127\.0\.0\.1:\d+$/,
    );
    await agent.http.start();
    await users.finds();
  });

  it("speaks TLS on both sides", async () => {
    agent = new ConsulStandIn(selfSigned);
    await agent.http.start();
    const { http } = agent;
    closing.push(() => http.stop());
    agent.add("a", 1);
    await watch("", { tls: selfSigned }).finds("10.0.0.1:1");
    const stranger = watch("", { tls: { ca: selfSigned.ca } });
    await stranger.failures.until((all) => all.length > 0);
  });
});

describe("a registration", () => {
  it("is found, holds, and is taken back", async () => {
    const users = watch();
    const registration = await register({ tags: ["v1"], weights: { passing: 2, warning: 1 } });
    expect(registration.id).toBe("users-10.0.0.1-1");
    await users.finds("10.0.0.1:1");
    expect(users.found.value?.[0]?.weight).toBe(2);
    expect(agent.services.get(registration.id)?.definition).toMatchObject({
      Tags: ["v1"],
      Check: { TTL: "15s", DeregisterCriticalServiceAfter: "60s" },
    });
    await registration.close();
    await users.finds();
  });

  it.each([{}, { kind: "grpc", intervalSeconds: 1 } as const])(
    "is made anew when the agent has forgotten it: %j",
    async (check) => {
      const passes = new Watched(0);
      agent.changed = () => {
        passes.value += 1;
      };
      const registration = await register({ check: { ttlSeconds: 1, ...check } });
      agent.services.clear();
      await passes.until(() => agent.services.has(registration.id));
      expect(agent.services.get(registration.id)?.definition.Check.GRPC).toBe(
        check.kind === "grpc" ? "10.0.0.1:1" : undefined,
      );
    },
  );

  it("that is refused says why", async () => {
    agent.faults.push((response) => {
      response.statusCode = 403;
      response.end("Permission denied");
    });
    await expect(register()).rejects.toThrow(
      /^Consul 127\.0\.0\.1:\d+, service "users", id "users-10\.0\.0\.1-1" cannot be registered: HTTP status 403: Permission denied$/,
    );
  });
});

it("a channel that is closed ends its question", async () => {
  const channel = createChannel(`consul://127.0.0.1:${agent.http.port}/users`, {
    resolvers: { consul: createConsulResolver(soon) },
    log: silentLog,
  });
  channel.connect();
  while (agent.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
  await channel.close();
  while (agent.waiting > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(agent.asked.length).toBe(2);
});
