// What the log is told of channels, connections and calls, and what it must never be told.
import { afterEach, expect, it, vi } from "vitest";
import { StandInProxy } from "./stand-in-proxy.js";

type Line = readonly [level: string, message: string, fields: Record<string, unknown>];

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** Client and server as a process with this environment has them. */
async function load(trace: string) {
  vi.stubEnv("TRUNKLINE_TRACE", trace);
  vi.resetModules();
  const client = await import("@trunkline/client");
  const { createServer } = await import("@trunkline/server");
  const { TestService } = await import("./gen/trunkline/test/v1/test_service_pb.js");
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}): void =>
      void lines.push([level, message, fields]);
  const log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  client.setLog(log);
  const server = createServer({ log });
  server.addService(TestService, {
    unary: ({ text }: { text: string }, call: { metadata: { get(name: string): unknown } }) => {
      if (call.metadata.get("authorization") === undefined) throw new Error("nobody");
      return { text };
    },
  });
  const { port } = await server.listen();
  cleanups.push(() => server.shutdown({ graceMs: 0 }));
  return { ...client, TestService, lines, target: `127.0.0.1:${port}` };
}

function connectTo(loaded: Awaited<ReturnType<typeof load>>, target: string, options = {}) {
  const channel = loaded.createChannel(target, options);
  cleanups.push(() => channel.close());
  return { channel, client: loaded.createClient(loaded.TestService, channel) };
}

const metadata = {
  authorization: "Bearer pl4nted",
  "x-key-bin": new TextEncoder().encode("pl4nted"),
};

it("each transition is a line of its part, with ids", async () => {
  const loaded = await load("all");
  const { client, channel } = connectTo(loaded, loaded.target);
  await client.unary({ text: "hello" }, { metadata });
  await channel.close();
  const told = loaded.lines.map(([, message, { part, from, to }]) =>
    [part, message, from, to].filter((word) => word !== undefined).join(" "),
  );
  expect(told).toEqual(
    expect.arrayContaining([
      "server listening",
      "channel channel state IDLE CONNECTING",
      "resolver resolver asked",
      "resolver endpoints found",
      "balancer policy chosen",
      "subchannel subchannel state IDLE CONNECTING",
      "http2 connection ready",
      "subchannel subchannel state CONNECTING READY",
      "channel channel state CONNECTING READY",
      "call attempt begins",
      "call attempt ended",
      "channel channel state READY SHUTDOWN",
    ]),
  );
  const states = loaded.lines.filter(([, message]) => message === "subchannel state");
  expect(states[0]?.[2]).toMatchObject({
    channel: expect.any(Number),
    subchannel: expect.any(Number),
    target: loaded.target,
    address: loaded.target,
  });
  const end = loaded.lines.find(([, message]) => message === "attempt ended");
  expect(end?.[2]).toMatchObject({ status: "OK", method: "/trunkline.test.v1.TestService/Unary" });
});

it("calls are silent unless they are asked for", async () => {
  const loaded = await load("");
  const { client } = connectTo(loaded, loaded.target);
  await client.unary({ text: "hello" }, { metadata });
  const parts = new Set(loaded.lines.map(([, , { part }]) => part));
  expect(parts).not.toContain("call");
  expect(parts).toContain("subchannel");
});

it("no metadata, no message, no password is ever told", async () => {
  const loaded = await load("all");
  const proxy = await new StandInProxy("http", { login: "ada:pl4nted" }).listen();
  cleanups.push(() => proxy.close());
  const withProxy = { proxy: `http://ada:pl4nted@${proxy.address}` };
  const { client } = connectTo(loaded, loaded.target, withProxy);
  await client.unary({ text: "pl4nted" }, { metadata });
  const refused = connectTo(loaded, loaded.target, {
    proxy: withProxy.proxy.replace("ada", "bob"),
  });
  await expect(refused.client.unary({ text: "pl4nted" }, { metadata })).rejects.toThrow("407");
  await expect(
    client.unary({ text: "pl4nted" }, { metadata: { "x-token": "pl4nted" } }),
  ).rejects.toBeDefined();
  const { inspect } = await import("node:util");
  const everything = inspect(loaded.lines, {
    depth: 10,
    maxArrayLength: null,
    maxStringLength: null,
  });
  expect(everything).toContain("tunnel open");
  expect(everything).not.toContain("pl4nted");
  expect(everything).not.toContain(Buffer.from("ada:pl4nted").toString("base64"));
});
