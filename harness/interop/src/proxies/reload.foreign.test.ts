// Proxies that read their configuration again, or let connections go, while calls are under way: no call may notice.
import { createChannel, createClient } from "@trunkline/client";
import { createAuthority, watchResources } from "@trunkline/testkit";
import { expect, it } from "vitest";
import { InteropService } from "../gen/trunkline/interop/v1/interop_pb.js";
import { startTwofold } from "../servers/trunkline.js";
import { haproxy, nginx } from "./kinds.js";
import { type ProxyKind, type RunningProxy, startProxy } from "./proxy.js";

const identity = createAuthority().issue("localhost", ["localhost", "127.0.0.1"]);
const laneCount = 8;
const callsEach = 300;

/** nginx says goodbye to each connection after so few calls that it does so all the time. */
const hastyNginx: ProxyKind = {
  ...nginx,
  prepare: (folder, config) =>
    nginx.prepare(folder, config.replaceAll("keepalive_requests 1000000", "keepalive_requests 20")),
};

/** Calls in several lanes, while `disturb` is called after each hundred; the errors, as texts. */
async function callThrough(proxy: RunningProxy, disturb: () => Promise<void>): Promise<string[]> {
  await using channel = createChannel(`127.0.0.1:${proxy.plainPort}`);
  const client = createClient(InteropService, channel);
  const errors: string[] = [];
  const lane = async (isFirst: boolean): Promise<void> => {
    for (let index = 0; index < callsEach; index++) {
      const payload = new Uint8Array(index);
      await client.unary({ payload }, { timeoutMs: 10_000 }).then(
        (answer) => expect(answer.payload.length).toBe(index),
        (error: unknown) => errors.push(String(error)),
      );
      if (isFirst && index % 100 === 50) await disturb();
    }
  };
  await Promise.all(Array.from({ length: laneCount }, (_, index) => lane(index === 0)));
  return errors;
}

async function disturbed(kind: ProxyKind, reloads: boolean): Promise<string[]> {
  const backend = await startTwofold();
  const proxy = await startProxy(kind, backend.ports, identity);
  try {
    return await callThrough(proxy, () => (reloads ? proxy.reload() : Promise.resolve()));
  } finally {
    await proxy.stop();
    await backend.stop();
  }
}

it.each([
  ["nginx reloads", nginx, true],
  ["haproxy reloads", haproxy, true],
  ["nginx sends GOAWAY after every 20 calls", hastyNginx, false],
] as const)(
  "%s under load: no call fails",
  async (_, kind, reloads) => {
    const check = watchResources();
    expect(await disturbed(kind, reloads)).toEqual([]);
    expect(await check.leftovers()).toEqual([]);
  },
  60_000,
);
