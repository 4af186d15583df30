// Responses that almost say how a call ended: their code must come through, and none may look like success.
import { afterEach, describe, expect, it } from "vitest";
import { Code, type RpcError } from "../src/index.js";
import { closeAll, connect, reply, serve } from "./connected-client.js";
import { envelope, grpcHead, type RawStream, type Script } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

type Act = (stream: RawStream) => unknown;

afterEach(closeAll);

/** Acts once, when the request is complete. */
function onRequest(act: Act): Script {
  let isDone = false;
  return (stream) => {
    if (isDone || !stream.isEnded) return;
    isDone = true;
    act(stream);
  };
}

async function drain(messages: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of messages) count++;
  return count;
}

/** How a unary call and a server stream fail that are answered so. */
async function failures(act: Act): Promise<RpcError[]> {
  const options = { timeoutMs: 5000 };
  const [one, many] = [serve(onRequest(act)), serve(onRequest(act))];
  const unary = connect(await one.listen()).client.unary({}, options);
  const stream = connect(await many.listen()).client.download({}, options);
  return Promise.all([failureOf(unary), failureOf(drain(stream))]);
}

describe("a grpc-message never hides the code", () => {
  const messages: [raw: string, shown: string][] = [
    ["", ""],
    ["boom ", "boom "],
    [" boom", " boom"],
    ["boom\t", "boom\t"],
    [" ", " "],
    ["%", "%"],
    ["%zz%4", "%zz%4"],
    ["%ff%fe", "\ufffd\ufffd"],
    ["%ed%a0%80", "\ufffd\ufffd\ufffd"],
    ["a\u0001b\u007f", "a\u0001b\u007f"],
    ["caf\u00e9", "caf\u00e9"],
    ["caf\u00c3\u00a9 \u00f0\u009f\u0098\u0088", "café 😈"],
    ["x".repeat(8000), "x".repeat(8000)],
  ];

  it.each(messages)("in trailers: %j", async (raw, shown) => {
    const status = ["grpc-status", "5", "grpc-message", raw];
    for (const { code, message } of await failures((s) => s.head().trailers(status))) {
      expect([code, message]).toEqual([Code.NOT_FOUND, shown]);
    }
  });

  it.each(messages)("in a response of trailers only: %j", async (raw, shown) => {
    const status = [...grpcHead, "grpc-status", "5", "grpc-message", raw];
    for (const { code, message } of await failures((s) => s.trailers(status))) {
      expect([code, message]).toEqual([Code.NOT_FOUND, shown]);
    }
  });
});

describe("other fields never hide the code", () => {
  it.each([
    ["grpc-status-details-bin", "!!!"],
    ["grpc-status-details-bin", "CAU"],
    ["grpc-status-details-bin", "/////w"],
    ["x-bin", "!!!"],
    ["x", " a "],
    ["x", "\u00e9"],
    ["content-type", "text/html"],
  ])("%s: %j", async (name, value) => {
    const status = ["grpc-status", "5", "grpc-message", "m", name, value];
    for (const { code, message } of await failures((s) => s.head().trailers(status))) {
      expect([code, message]).toEqual([Code.NOT_FOUND, "m"]);
    }
  });
});

describe("a grpc-status that is none is UNKNOWN and keeps the message", () => {
  it.each([
    [
      "in trailers",
      (stream: RawStream, fields: string[]) =>
        stream.head().message(new Uint8Array(0)).trailers(fields),
    ],
    [
      "in a response of trailers only",
      (stream: RawStream, fields: string[]) => stream.trailers([...grpcHead, ...fields]),
    ],
  ])("several grpc-status that differ are UNKNOWN, %s", async (_where, act) => {
    for (const [first, second] of [
      ["0", "5"],
      ["5", "0"],
    ]) {
      const fields = ["grpc-status", first!, "grpc-status", second!];
      for (const error of await failures((stream) => act(stream, fields))) {
        expect(error.code).toBe(Code.UNKNOWN);
        expect(error.message).toContain(
          `grpc-status "${first}, ${second}", which is no status code`,
        );
      }
    }
  });

  it.each(["", "17", "-1", "+5", "5.0", "0x5", "five", "99999999999999999999"])(
    "%j",
    async (status) => {
      const fields = ["grpc-status", status, "grpc-message", "why"];
      for (const { code, message } of await failures((s) => s.head().trailers(fields))) {
        expect(code).toBe(Code.UNKNOWN);
        expect(message).toContain(JSON.stringify(status));
        expect(message).toContain("why");
      }
    },
  );
});

describe("what is not gRPC is no success, whatever its trailers say", () => {
  const html = [":status", "200", "content-type", "text/html"];
  const grpc503 = [":status", "503", "content-type", "application/grpc"];

  it.each<[string, Act, Code]>([
    ["text/html", (s) => s.head(html).data(envelope(reply)).trailers(), Code.UNKNOWN],
    ["text/html, trailers only", (s) => s.trailers([...html, "grpc-status", "0"]), Code.UNKNOWN],
    ["HTTP 503", (s) => s.head(grpc503).data(envelope(reply)).trailers(), Code.UNAVAILABLE],
    ["HTTP 503, only", (s) => s.trailers([...grpc503, "grpc-status", "0"]), Code.UNAVAILABLE],
    ["HTTP 302", (s) => s.trailers([":status", "302", "location", "/"]), Code.UNKNOWN],
    ["HTTP 204", (s) => s.trailers([":status", "204"]), Code.UNKNOWN],
    ["no END_STREAM on HEADERS", (s) => s.head().data(new Uint8Array(0), true), Code.INTERNAL],
  ])("%s", async (_name, act, code) => {
    for (const error of await failures(act))
      expect([error.code, error.message]).toEqual([code, expect.stringMatching(/./)]);
  });

  it("but may say why it failed", async () => {
    const refused = ["grpc-status", "7", "grpc-message", "no entry"];
    for (const head of [html, grpc503]) {
      for (const error of await failures((s) => s.head(head).trailers(refused))) {
        expect([error.code, error.message]).toEqual([Code.PERMISSION_DENIED, "no entry"]);
      }
    }
  });
});

describe("RST_STREAM", () => {
  it.each([
    [0x0, "INTERNAL"],
    [0x1, "INTERNAL"],
    [0x2, "INTERNAL"],
    [0x3, "INTERNAL"],
    [0x4, "INTERNAL"],
    [0x5, "INTERNAL"],
    [0x6, "INTERNAL"],
    [0x8, "CANCELLED"],
    [0x9, "INTERNAL"],
    [0xa, "INTERNAL"],
    [0xb, "RESOURCE_EXHAUSTED"],
    [0xc, "PERMISSION_DENIED"],
    [0xd, "INTERNAL"],
    [0xe, "UNKNOWN"],
  ] as const)("%i before and after the head is %s", async (http2Code, name) => {
    for (const act of [
      (s: RawStream) => s.rst(http2Code),
      (s: RawStream) => s.head().rst(http2Code),
    ]) {
      for (const { code } of await failures(act)) expect(code).toBe(Code[name]);
    }
  });
});
