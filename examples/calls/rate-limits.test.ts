// The limits of the guide, run: who is refused, with what, and when calls work again.
import { type Channel, Code, createChannel, createClient, type RpcError } from "@trunkline/client";
import { QuotaFailureSchema, RetryInfoSchema } from "@trunkline/core";
import { createServer, type Server } from "@trunkline/server";
import { createInMemoryTransport } from "@trunkline/server/testing";
import { afterEach, expect, it, vi } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import {
  createBoundedServer,
  createFairServer,
  createSharedLimit,
  manyRules,
} from "./rate-limits.js";

const opened: (Server | Channel)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

function greeterOf(server: Server) {
  const { target, connect } = createInMemoryTransport(server);
  const channel = createChannel(target, { connect });
  opened.push(channel, server);
  return createClient(GreeterService, channel);
}

it("lets a burst of twenty in, and says when to come again", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const greeter = greeterOf(createFairServer());
  const calls = Array.from({ length: 30 }, () => greeter.sayHello({ name: "Ada" }));
  const ends = await Promise.allSettled(calls);
  expect(ends.filter(({ status }) => status === "fulfilled").length).toBeGreaterThanOrEqual(20);
  const refused = ends.findLast(({ status }) => status === "rejected") as PromiseRejectedResult;
  const error = refused.reason as RpcError;
  expect(error.code).toBe(Code.RESOURCE_EXHAUSTED);
  expect(error.message).toMatch(
    /^rate limit "caller" of address:memory is used up: 10 per 1 s, burst 20; try again in \d+ ms$/,
  );
  expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
  expect(error.findDetails(QuotaFailureSchema)[0]?.violations[0]?.subject).toBe("address:memory");
  expect(console.warn).toHaveBeenCalledWith("caller: refused address:memory");
});

it("counts in Redis, and in this process while that does not answer", async () => {
  const asked: unknown[] = [];
  const limit = await createSharedLimit({
    async eval(...args) {
      asked.push(args);
      return [1, 600];
    },
  });
  const server = createServer({ interceptors: [limit] }).addService(GreeterService, {
    sayHello: ({ name }) => ({ greeting: name }),
  });
  await greeterOf(server).sayHello({ name: "Ada" });
  expect(asked).toMatchObject([
    [expect.any(String), { keys: ["trunkline:rate:user:"], arguments: ["1", "600", "100"] }],
  ]);
});

it("makes a method dear", async () => {
  const server = createServer({ interceptors: [manyRules] }).addService(GreeterService, {
    sayHello: ({ name }) => ({ greeting: name }),
  });
  const greeter = greeterOf(server);
  const calls = Array.from({ length: 12 }, () => greeter.sayHello({ name: "Ada" }));
  const refused = (await Promise.allSettled(calls)).filter(({ status }) => status === "rejected");
  expect(refused.length).toBeGreaterThan(0);
  expect((refused[0] as PromiseRejectedResult).reason).toMatchObject({
    message: expect.stringMatching(/^rate limit "cost" is used up/),
  });
});

it("bounds what happens at the same time", async () => {
  const greeter = greeterOf(createBoundedServer());
  const calls = Array.from({ length: 50 }, () => greeter.sayHello({ name: "Ada" }));
  expect(await Promise.all(calls)).toHaveLength(50);
});
