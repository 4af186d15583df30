// The guide to calls that fail quotes what is really said: each error here must stand in it, under its code.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { type Code, codeName, RpcError } from "@trunkline/client";
import { afterEach, describe, expect, it } from "vitest";
import { connect, endBoth, serve } from "./both-ends.js";

const guide = readFileSync(
  new URL("../../../docs/guides/troubleshooting.md", import.meta.url),
  "utf8",
);

const listeners: Server[] = [];

afterEach(async () => {
  await endBoth();
  for (const listener of listeners.splice(0)) {
    await new Promise((resolve) => listener.close(resolve));
  }
});

/** A peer that answers whatever comes with these bytes, and ends the connection with them if it is told so. */
async function listenWith(answer: Uint8Array | string, ends = false): Promise<string> {
  const listener = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => (ends ? socket.end(answer) : socket.write(answer)));
  });
  listeners.push(listener);
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(listener.address() as { port: number }).port}`;
}

/** Each text of the first columns, as a pattern: `...` stands for anything. */
const quoted = [...guide.matchAll(/^\| ((?:`[^`]+`,? ?)+)/gm)]
  .flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, text]) => text!))
  .map((text) => ({
    text,
    pattern: new RegExp(
      text
        .split("...")
        .map((part) => part.trim().replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
        .filter((part) => part !== "")
        .join(".*"),
    ),
  }));

async function expectQuoted(call: Promise<unknown>, code: Code, text: string): Promise<void> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => RpcError.from(reason),
  );
  expect(error?.code, error?.message).toBe(code);
  const found = quoted.filter(({ pattern }) => pattern.test(error!.message));
  expect(
    found.map((entry) => entry.text),
    `${codeName(code)}: ${error?.message}`,
  ).toContainEqual(expect.stringContaining(text));
}

const settings = Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0);

describe("UNAVAILABLE", () => {
  it.each([
    ["an HTTP/1 server", "HTTP/1.1 502 Bad Gateway\r\n\r\n", false, "answers in HTTP/1.x"],
    ["a port that ends what it does not know", "", true, "does one side expect TLS?"],
    ["a server that dies", settings, true, "the connection ended"],
  ])("%s", async (_who, answer, ends, text) => {
    const { client } = connect(await listenWith(answer, ends));
    await expectQuoted(client.unary({}, { timeoutMs: 10_000 }), 14, text);
  });

  it("nobody listens", async () => {
    const { client } = connect("127.0.0.1:1");
    await expectQuoted(client.unary({}), 14, "ECONNREFUSED");
  });

  it("a stream outlives the grace of the server's end", async () => {
    const { server, target } = await serve({
      async *download(_request, call) {
        yield {};
        await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      },
    });
    const stream = connect(target).client.download({});
    await stream.next();
    await server.shutdown({ graceMs: 1 });
    await expectQuoted(stream.next(), 14, "the server has been shut down");
  });
});

describe("DEADLINE_EXCEEDED", () => {
  it.each([
    ["a slow handler", {}, "while waiting for a response"],
    ["a stream that goes on", { streams: true }, "the rest of the response"],
  ])("%s", async (_what, { streams = false }: { streams?: boolean }, text) => {
    const { target } = await serve({
      unary: () => new Promise(() => {}),
      async *download() {
        yield {};
        await new Promise(() => {});
      },
    });
    const { client } = connect(target);
    const options = { timeoutMs: 200 };
    const call = async (): Promise<void> => {
      for await (const _ of client.download({}, options));
    };
    await expectQuoted(streams ? call() : client.unary({}, options), 4, text);
  });

  it("a server that says nothing, and one that is not there yet", async () => {
    const silent = connect(await listenWith("")).client;
    await expectQuoted(silent.unary({}, { timeoutMs: 200 }), 4, "connecting for");
    const waiting = connect("127.0.0.1:1").client.unary({}, { timeoutMs: 200, waitForReady: true });
    await expectQuoted(waiting, 4, "TRANSIENT_FAILURE");
  });
});

describe("RESOURCE_EXHAUSTED", () => {
  it("messages and metadata that are too large, each way", async () => {
    const long = "x".repeat(2000);
    const { target } = await serve(
      { unary: () => ({ text: long }) },
      { maxReceiveMessageBytes: 1000 },
    );
    const { client } = connect(target, { maxReceiveMessageBytes: 1000, maxSendMessageBytes: 3000 });
    await expectQuoted(client.unary({}), 8, "(option maxReceiveMessageBytes)");
    await expectQuoted(client.unary({ text: long }), 8, "(the server's maxReceiveMessageBytes)");
    await expectQuoted(client.unary({ text: long + long }), 8, "maxSendMessageBytes");
    const metadata = { a: "x".repeat(20_000) };
    await expectQuoted(client.unary({}, { metadata }), 8, "the metadata cannot be sent");
  });
});

it("UNKNOWN and UNIMPLEMENTED", async () => {
  const { target } = await serve({
    unary: () => {
      throw new Error("a secret");
    },
  });
  const { client } = connect(target);
  await expectQuoted(client.unary({}), 2, "internal error");
  const empty = await serve(undefined);
  await expectQuoted(connect(empty.target).client.unary({}), 12, "is not known");
});
