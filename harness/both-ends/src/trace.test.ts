// What the log is told of channels, connections and calls, and what it must never be told.
import { inspect } from "node:util";
import { type ChannelOptions, setLog } from "@trunkline/client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connect, endBoth, serve } from "./both-ends.js";
import { StandInProxy } from "./stand-in-proxy.js";

// Read when the first line is due, which is after this.
process.env.TRUNKLINE_TRACE = "all";

type Line = readonly [level: string, message: string, fields: Record<string, unknown>];

const lines: Line[] = [];
const proxies: StandInProxy[] = [];
const at =
  (level: string) =>
  (message: string, fields: Record<string, unknown> = {}): void =>
    void lines.push([level, message, fields]);
const log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };

beforeEach(() => {
  lines.length = 0;
  setLog(log);
});

afterEach(async () => {
  await endBoth();
  for (const proxy of proxies.splice(0)) await proxy.close();
  setLog(undefined);
});

const echo = {
  unary: ({ text }: { text: string }, call: { metadata: { get(name: string): unknown } }) => {
    if (call.metadata.get("authorization") === undefined) throw new Error("nobody");
    return { text };
  },
};

/** A channel that names no log. */
function connectTo(target: string, options: ChannelOptions = {}) {
  return connect(target, { log: undefined, ...options });
}

const metadata = {
  authorization: "Bearer pl4nted",
  "x-key-bin": new TextEncoder().encode("pl4nted"),
};

it("each transition is a line of its part, with ids", async () => {
  const { target } = await serve(echo, { log });
  const { client, channel } = connectTo(target);
  await client.unary({ text: "hello" }, { metadata });
  await channel.close();
  const told = lines.map(([, message, { part, from, to }]) =>
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
  const states = lines.filter(([, message]) => message === "subchannel state");
  expect(states[0]?.[2]).toMatchObject({
    channel: expect.any(Number),
    subchannel: expect.any(Number),
    target: target,
    address: target,
  });
  const end = lines.find(([, message]) => message === "attempt ended");
  expect(end?.[2]).toMatchObject({ status: "OK", method: "/trunkline.test.v1.TestService/Unary" });
});

it("no metadata, no message, no password is ever told", async () => {
  const { target } = await serve(echo, { log });
  const proxy = await new StandInProxy("http", { login: "ada:pl4nted" }).listen();
  proxies.push(proxy);
  const withProxy = { proxy: `http://ada:pl4nted@${proxy.address}` };
  const { client } = connectTo(target, withProxy);
  await client.unary({ text: "pl4nted" }, { metadata });
  const refused = connectTo(target, {
    proxy: withProxy.proxy.replace("ada", "bob"),
  });
  await expect(refused.client.unary({ text: "pl4nted" }, { metadata })).rejects.toThrow("407");
  await expect(
    client.unary({ text: "pl4nted" }, { metadata: { "x-token": "pl4nted" } }),
  ).rejects.toBeDefined();
  const everything = inspect(lines, {
    depth: 10,
    maxArrayLength: null,
    maxStringLength: null,
  });
  expect(everything).toContain("tunnel open");
  expect(everything).not.toContain("pl4nted");
  expect(everything).not.toContain(Buffer.from("ada:pl4nted").toString("base64"));
});
