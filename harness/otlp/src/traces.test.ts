// Spans of calls as gRFC A72 has them, exported by the official SDK: names, parents, attributes, events, statuses.

import { openRaw } from "@trunkline/client";
import { Code, RpcError } from "@trunkline/server";
import { afterEach, describe, expect, it } from "vitest";
import type { ReceivedSpan } from "./otlp/received-spans.js";
import { collect, connect, endAll, only, serve, startTelemetry } from "./telemetry.js";

afterEach(endAll);

const name = (method: string) => `trunkline.test.v1.TestService.${method}`;

/** The events of messages, as `out 0 5` or `in 1 1000 (23 compressed)`, and all others by their names. */
function eventsOf(span: ReceivedSpan): string[] {
  return span.events.map(({ name: event, attributes }) => {
    if (event !== "Outbound message" && event !== "Inbound message") return event;
    const which = event === "Outbound message" ? "out" : "in";
    const wire = attributes["message-size-compressed"];
    const more = wire === undefined ? "" : ` (${wire} compressed)`;
    return `${which} ${attributes["sequence-number"]} ${attributes["message-size"]}${more}`;
  });
}

const messagesOf = (span: ReceivedSpan) =>
  eventsOf(span).filter((event) => /^(in|out) /.test(event));

describe("calls of all kinds", () => {
  it("unary: three spans, one below the other", async () => {
    const telemetry = await startTelemetry();
    const target = await serve(telemetry, { unary: ({ text }) => ({ text: text + text }) });
    const { client } = connect(telemetry, target);
    await client.unary({ text: "abc" });
    const spans = await telemetry.spans();
    expect(spans).toHaveLength(3);
    const sent = only(spans, `Sent.${name("Unary")}`);
    const attempt = only(spans, `Attempt.${name("Unary")}`);
    const received = only(spans, `Recv.${name("Unary")}`);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(sent).toMatchObject({ kind: "CLIENT", parentSpanId: "", attributes: {}, status: "OK" });
    expect(attempt).toMatchObject({
      kind: "CLIENT",
      parentSpanId: sent.spanId,
      attributes: { "previous-rpc-attempts": 0, "transparent-retry": false },
      status: "OK",
      statusMessage: "",
    });
    expect(received).toMatchObject({
      kind: "SERVER",
      parentSpanId: attempt.spanId,
      scope: "@trunkline/plugins/otel",
      status: "OK",
    });
    // A string of n bytes takes n + 2.
    expect(messagesOf(attempt)).toEqual(["out 0 5", "in 0 8"]);
    expect(eventsOf(received)).toEqual(["in 0 5", "out 0 8"]);
    expect(sent.endNs).toBeGreaterThanOrEqual(attempt.endNs);
  });

  it("streams: each message has its number and size", async () => {
    const telemetry = await startTelemetry();
    const target = await serve(telemetry, {
      async *download({ count, size }) {
        for (let index = 1; index <= count; index++) yield { index, payload: new Uint8Array(size) };
      },
      async upload(requests) {
        return { count: (await collect(requests)).length };
      },
      async *chat(requests) {
        for await (const { text } of requests) yield { text: `${text}!` };
      },
    });
    const { client } = connect(telemetry, target);
    await collect(client.download({ count: 3, size: 10 }));
    await client.upload([{ chunk: new Uint8Array(4) }, { chunk: new Uint8Array(6) }]);
    await collect(client.chat([{ text: "a" }, { text: "bb" }]));
    const spans = await telemetry.spans();
    const of = (kind: string, method: string) => messagesOf(only(spans, `${kind}.${name(method)}`));
    expect(of("Recv", "Download")).toEqual(["in 0 4", "out 0 14", "out 1 14", "out 2 14"]);
    expect(of("Attempt", "Download")).toEqual(["out 0 4", "in 0 14", "in 1 14", "in 2 14"]);
    expect(of("Recv", "Upload")).toEqual(["in 0 6", "in 1 8", "out 0 2"]);
    expect(of("Attempt", "Upload")).toEqual(["out 0 6", "out 1 8", "in 0 2"]);
    expect(of("Recv", "Chat").sort()).toEqual(["in 0 3", "in 1 4", "out 0 4", "out 1 5"]);
    expect(of("Attempt", "Chat").sort()).toEqual(["in 0 4", "in 1 5", "out 0 3", "out 1 4"]);
  });

  it("compressed messages have both sizes", async () => {
    const telemetry = await startTelemetry();
    const target = await serve(telemetry, { unary: ({ payload }) => ({ payload }) });
    const { client } = connect(telemetry, target, { compression: "gzip" });
    await client.unary({ payload: new Uint8Array(5000) });
    const spans = await telemetry.spans();
    const pattern = (which: string) =>
      expect.stringMatching(`^${which} 0 5003 \\(\\d\\d compressed\\)$`);
    expect(messagesOf(only(spans, `Attempt.${name("Unary")}`))).toEqual([
      pattern("out"),
      pattern("in"),
    ]);
    expect(messagesOf(only(spans, `Recv.${name("Unary")}`))).toEqual([
      pattern("in"),
      pattern("out"),
    ]);
  });

  it("the first call waits for name and connection, the next does not", async () => {
    const telemetry = await startTelemetry();
    const target = await serve(telemetry, { unary: () => ({}) });
    const { client } = connect(telemetry, `dns:///localhost:${target.split(":")[1]}`);
    await client.unary({});
    await client.unary({});
    const spans = await telemetry.spans();
    const events = (kind: string) =>
      spans.filter((span) => span.name.startsWith(kind)).map(eventsOf);
    expect(events("Sent.")).toEqual([["Delayed name resolution complete"], []]);
    expect(events("Attempt.")).toEqual([
      ["Delayed LB pick complete", "out 0 0", "in 0 0"],
      ["out 0 0", "in 0 0"],
    ]);
  });
});

describe("calls that fail", () => {
  const statuses = (spans: readonly ReceivedSpan[]) =>
    Object.fromEntries(
      spans.map((span) => [span.name.split(".")[0], `${span.status} ${span.statusMessage}`]),
    );

  it("with a status of the handler's", async () => {
    const telemetry = await startTelemetry();
    const target = await serve(telemetry, {
      unary() {
        throw new RpcError(Code.NOT_FOUND, "no such user");
      },
    });
    const { client } = connect(telemetry, target);
    await expect(client.unary({})).rejects.toThrow("no such user");
    const failed = "ERROR NOT_FOUND, no such user";
    expect(statuses(await telemetry.spans())).toEqual({
      Sent: failed,
      Attempt: failed,
      Recv: failed,
    });
  });

  it("by their deadline", async () => {
    const telemetry = await startTelemetry();
    const target = await serve(telemetry, {
      unary: (_request, { signal }) =>
        new Promise((resolve) => signal.addEventListener("abort", () => resolve({}))),
    });
    const { client, channel } = connect(telemetry, target);
    await channel.waitForReady();
    await expect(client.unary({}, { timeoutMs: 50 })).rejects.toThrow();
    const told = statuses(await telemetry.spans());
    expect(told.Sent).toMatch(/^ERROR DEADLINE_EXCEEDED, /);
    expect(told.Attempt).toMatch(/^ERROR DEADLINE_EXCEEDED, /);
  });

  it("because their caller has cancelled them", async () => {
    const telemetry = await startTelemetry();
    const controller = new AbortController();
    const ended = new Promise<void>((resolve) => {
      void serve(telemetry, {
        unary: (_request, { signal }) =>
          new Promise((answer) => {
            signal.addEventListener("abort", () => {
              answer({});
              resolve();
            });
            controller.abort();
          }),
      }).then(async (target) => {
        const { client } = connect(telemetry, target);
        await expect(client.unary({}, { signal: controller.signal })).rejects.toThrow();
      });
    });
    await ended;
    const told = statuses(await telemetry.spans());
    expect(told.Sent).toMatch(/^ERROR CANCELLED/);
    expect(told.Attempt).toMatch(/^ERROR CANCELLED/);
    expect(told.Recv).toMatch(/^ERROR CANCELLED/);
  });

  it("without a server: there is an attempt, which has found no connection", async () => {
    const telemetry = await startTelemetry();
    const { client } = connect(telemetry, "127.0.0.1:1");
    await expect(client.unary({})).rejects.toThrow();
    const spans = await telemetry.spans();
    expect(spans.map((span) => span.name)).toEqual([
      `Sent.${name("Unary")}`,
      `Attempt.${name("Unary")}`,
    ]);
    expect(statuses(spans).Sent).toMatch(/^ERROR UNAVAILABLE, /);
  });

  it("because nobody has the method: its name is not the client's to choose", async () => {
    const telemetry = await startTelemetry();
    const target = await serve(telemetry, {});
    const { client } = connect(undefined, target);
    await expect(client.unary({})).rejects.toThrow();
    const { channel } = connect(telemetry, target);
    const call = openRaw(channel, "/made.up.Service/Thing");
    await expect(collect(call.messages)).rejects.toThrow();
    const spans = await telemetry.spans();
    expect(spans.map((span) => span.name)).toEqual([
      `Recv.${name("Unary")}`,
      "Sent.other",
      "Attempt.other",
      "Recv.other",
    ]);
    expect(spans[3]).toMatchObject({
      attributes: { "rpc.method_original": "made.up.Service/Thing" },
      status: "ERROR",
      statusMessage: expect.stringMatching(/^UNIMPLEMENTED, /),
    });
  });
});

describe("attempts", () => {
  const retry = {
    maxAttempts: 3,
    initialBackoffMs: 1,
    maxBackoffMs: 2,
    retryableCodes: [Code.UNAVAILABLE],
  };

  it("retries are spans of their own below the call's", async () => {
    const telemetry = await startTelemetry();
    let calls = 0;
    const target = await serve(telemetry, {
      unary() {
        calls++;
        if (calls < 3) throw new RpcError(Code.UNAVAILABLE, `not yet ${calls}`);
        return {};
      },
    });
    const { client } = connect(telemetry, target, { retry: { ...retry, methods: "all" } });
    await client.unary({});
    const spans = await telemetry.spans();
    const sent = only(spans, `Sent.${name("Unary")}`);
    const attempts = spans.filter((span) => span.name.startsWith("Attempt."));
    expect(
      attempts.map((span) => [span.parentSpanId, span.attributes, span.statusMessage]),
    ).toEqual(
      [0, 1, 2].map((before) => [
        sent.spanId,
        { "previous-rpc-attempts": before, "transparent-retry": false },
        before === 2 ? "" : `UNAVAILABLE, not yet ${before + 1}`,
      ]),
    );
    const received = spans.filter((span) => span.name.startsWith("Recv."));
    expect(received.map((span) => span.parentSpanId)).toEqual(attempts.map((span) => span.spanId));
    expect(sent.status).toBe("OK");
    // What is sent again is counted for each attempt.
    expect(attempts.map((span) => messagesOf(span)[0])).toEqual(["out 0 0", "out 0 0", "out 0 0"]);
  });

  it("hedges run beside each other: those that were not answered are cancelled", async () => {
    const names = ["retries", "transparent_retries", "hedges", "retry_delay"];
    const enable = names.map((metric) => `grpc.client.call.${metric}`);
    const telemetry = await startTelemetry({ metrics: { enable } });
    let calls = 0;
    const target = await serve(telemetry, {
      unary(_request, { signal }) {
        calls++;
        if (calls === 2) return { text: "second" };
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve({})));
      },
    });
    const hedgingPolicy = { maxAttempts: 2, hedgingDelay: "0.02s" } as const;
    const { client } = connect(telemetry, target, {
      serviceConfig: { methodConfig: [{ name: [{}], hedgingPolicy }] },
    });
    expect(await client.unary({})).toMatchObject({ text: "second" });
    const attempts = (await telemetry.spans()).filter((span) => span.name.startsWith("Attempt."));
    expect(
      attempts.map(({ status, statusMessage, attributes }) => [
        status,
        statusMessage.split(",")[0],
        attributes,
      ]),
    ).toEqual([
      ["ERROR", "CANCELLED", { "previous-rpc-attempts": 0, "transparent-retry": false }],
      ["OK", "", { "previous-rpc-attempts": 1, "transparent-retry": false }],
    ]);
    expect(await telemetry.metric("grpc.client.call.hedges")).toMatchObject({
      unit: "{hedge}",
      points: [{ value: 1, sum: 1, bounds: [1, 2, 3, 4, 5] }],
    });
  });
});
