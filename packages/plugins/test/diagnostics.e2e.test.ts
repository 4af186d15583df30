// Events of node:diagnostics_channel, as tools subscribe to them that know nothing of how servers and channels were made.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import {
  type AttemptRecord,
  type ClientCallRecord,
  createChannel,
  createClient,
} from "@trunkline/client";
import { Code, silentLog } from "@trunkline/core";
import { Health } from "@trunkline/core/health";
import { createServer, type ServerCallRecord } from "@trunkline/server";
import { expect, test } from "vitest";

type Event = Partial<{ call: ServerCallRecord & ClientCallRecord; attempt: AttemptRecord }>;

const names = [
  "server.call.start",
  "server.call.end",
  "client.call.start",
  "client.call.end",
].concat("client.attempt.start", "client.attempt.end");

test("calls of both ends are published while somebody subscribes, and only then", async () => {
  const told: string[] = [];
  const heard = (event: unknown, name: string | symbol): void => {
    const { call, attempt } = event as Event;
    told.push(`${String(name)} ${(call ?? attempt)!.path} ${(call ?? attempt)!.code}`);
  };
  const server = createServer({ log: silentLog });
  server.addService(Health, {});
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const channel = createChannel(`127.0.0.1:${port}`);
  const health = createClient(Health, channel);
  const call = async (): Promise<void> => {
    await expect(health.check({})).rejects.toMatchObject({ code: Code.UNIMPLEMENTED });
  };
  await call();
  for (const name of names) subscribe(`trunkline.${name}`, heard);
  await call();
  for (const name of names) unsubscribe(`trunkline.${name}`, heard);
  await call();
  const path = "/grpc.health.v1.Health/Check";
  expect(told).toEqual([
    `trunkline.client.call.start ${path} 0`,
    `trunkline.client.attempt.start ${path} 0`,
    `trunkline.server.call.start ${path} 0`,
    `trunkline.server.call.end ${path} 12`,
    `trunkline.client.attempt.end ${path} 12`,
    `trunkline.client.call.end ${path} 12`,
  ]);
  await channel.close();
  await server.shutdown({ graceMs: 0 });
});
