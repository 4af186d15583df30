// Binary logs of calls over real sockets, read back and compared with what has happened.

import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code } from "@trunkline/core";
import { afterEach, describe, expect, it } from "vitest";
import { readBinaryLog } from "../src/binary-log/framing.js";
import {
  type GrpcLogEntry,
  GrpcLogEntry_EventType,
  GrpcLogEntrySchema,
} from "../src/binary-log/gen/grpc/binlog/v1/binarylog_pb.js";
import { openBinaryLogFile } from "../src/binary-log/node/log-file.js";
import { serverBinaryLog } from "../src/binary-log/server-binary-log.js";
import {
  accounts,
  closeAll,
  closeLater,
  collect,
  connectTo,
  startAccountServer,
} from "./account-server.js";
import {
  SignInRequestSchema,
  WatchRequestSchema,
} from "./gen/trunkline/test/secrets/v1/account_service_pb.js";
import { Watched } from "./until.js";

afterEach(closeAll);

function messageIn<D extends DescMessage>(entry: GrpcLogEntry | undefined, type: D) {
  const payload = entry?.payload;
  expect(payload?.case).toBe("message");
  return fromBinary(type, payload?.case === "message" ? payload.value.data : new Uint8Array(0));
}

function byCall(entries: readonly GrpcLogEntry[]): GrpcLogEntry[][] {
  const ids = [...new Set(entries.map(({ callId }) => callId))];
  return ids.map((id) => entries.filter(({ callId }) => callId === id));
}

/** A sink in memory. */
function memorySink() {
  const entries = new Watched<readonly GrpcLogEntry[]>([]);
  return {
    entries,
    write(entry: GrpcLogEntry): void {
      entries.value = [...entries.value, entry];
    },
    /** Resolves with the entries once a call has ended that many times. */
    async calls(count: number): Promise<readonly GrpcLogEntry[]> {
      const isLast = ({ type }: GrpcLogEntry): boolean =>
        type >= GrpcLogEntry_EventType.SERVER_TRAILER;
      await entries.until((all) => all.filter(isLast).length >= count);
      return entries.value;
    },
  };
}

const names = Object.entries(GrpcLogEntry_EventType);
const typesOf = (entries: readonly GrpcLogEntry[]): (string | undefined)[] =>
  entries.map(({ type }) => names.find(([, number]) => number === type)?.[0]);

async function startLogged(filter: string) {
  const sink = memorySink();
  const { port } = await startAccountServer({ observers: [serverBinaryLog({ sink, filter })] });
  return { sink, client: connectTo(port), port };
}

describe("the binary log of a server", () => {
  it("has all of a unary call", async () => {
    const { sink, client } = await startLogged("*");
    const metadata = {
      "x-tenant": "acme",
      "x-blob-bin": new Uint8Array([1, 2]),
      authorization: "Bearer PLANTED1",
      cookie: "PLANTED2",
      "grpc-trace-bin": new Uint8Array([3]),
    };
    await client.signIn({ user: "ann" }, { metadata, timeoutMs: 60_000 });
    const entries = await sink.calls(1);
    expect(typesOf(entries)).toEqual([
      "CLIENT_HEADER",
      "CLIENT_MESSAGE",
      "CLIENT_HALF_CLOSE",
      "SERVER_HEADER",
      "SERVER_MESSAGE",
      "SERVER_TRAILER",
    ]);
    expect(new Set(entries.map(({ callId }) => callId)).size).toBe(1);
    expect(entries[0]?.callId).toBeGreaterThan(0n);
    expect(entries.map((entry) => entry.sequenceIdWithinCall)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    expect(entries[0]).toMatchObject({
      logger: 2,
      payloadTruncated: false,
      peer: { type: 1, address: "127.0.0.1", ipPort: expect.any(Number) },
      payload: {
        case: "clientHeader",
        value: {
          methodName: "/trunkline.test.secrets.v1.AccountService/SignIn",
          authority: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
          timeout: { seconds: expect.any(BigInt) },
          metadata: {
            entry: [
              { key: "x-tenant", value: bytes("acme") },
              { key: "x-blob-bin", value: new Uint8Array([1, 2]) },
              { key: "grpc-trace-bin", value: new Uint8Array([3]) },
            ],
          },
        },
      },
    });
    expect(messageIn(entries[1], SignInRequestSchema)).toMatchObject({ user: "ann" });
    expect(entries[3]?.payload).toMatchObject({
      case: "serverHeader",
      value: { metadata: { entry: [{ key: "x-header", value: bytes("h") }] } },
    });
    expect(entries[4]).toMatchObject({ payloadTruncated: true });
    expect(entries.slice(1).every(({ peer }) => peer === undefined)).toBe(true);
    expect(entries[5]?.payload).toMatchObject({
      case: "trailer",
      value: {
        statusCode: 0,
        statusMessage: "",
        metadata: { entry: [{ key: "x-trailer", value: bytes("t") }] },
      },
    });
    expect(
      Buffer.concat(entries.map((entry) => toBinary(GrpcLogEntrySchema, entry))).toString("latin1"),
    ).not.toContain("PLANTED");
  });

  it("has every message of each kind of stream", async () => {
    const { sink, client } = await startLogged("*");
    await collect(client.watch({ count: 2 }));
    await sink.calls(1);
    await client.import(accounts("a", "b"));
    await sink.calls(2);
    await collect(client.talk(accounts("a", "b")));
    const entries = await sink.calls(3);
    const [watch = [], upload = [], talk = []] = byCall(entries);
    expect(typesOf(watch)).toEqual([
      "CLIENT_HEADER",
      "CLIENT_MESSAGE",
      "CLIENT_HALF_CLOSE",
      "SERVER_HEADER",
      "SERVER_MESSAGE",
      "SERVER_MESSAGE",
      "SERVER_TRAILER",
    ]);
    expect(messageIn(watch[1], WatchRequestSchema)).toMatchObject({ count: 2 });
    expect(typesOf(upload)).toEqual([
      "CLIENT_HEADER",
      "CLIENT_MESSAGE",
      "CLIENT_MESSAGE",
      "CLIENT_HALF_CLOSE",
      "SERVER_HEADER",
      "SERVER_MESSAGE",
      "SERVER_TRAILER",
    ]);
    expect(typesOf(talk).sort()).toEqual(
      [
        "CLIENT_HEADER",
        "CLIENT_MESSAGE",
        "CLIENT_MESSAGE",
        "CLIENT_HALF_CLOSE",
        "SERVER_HEADER",
        "SERVER_MESSAGE",
        "SERVER_MESSAGE",
        "SERVER_TRAILER",
      ].sort(),
    );
    expect(talk.map((entry) => entry.sequenceIdWithinCall)).toEqual([
      1n,
      2n,
      3n,
      4n,
      5n,
      6n,
      7n,
      8n,
    ]);
  });

  it("has failures with their status, cancellations, and deadlines", async () => {
    const { sink, client } = await startLogged("*");
    await expect(client.signIn({ user: "nobody" })).rejects.toMatchObject({ code: Code.NOT_FOUND });
    let entries = await sink.calls(1);
    expect(typesOf(entries).at(-1)).toBe("SERVER_TRAILER");
    expect(entries.at(-1)?.payload).toMatchObject({
      value: { statusCode: 5, statusMessage: "no such user", statusDetails: new Uint8Array(0) },
    });
    const cancelling = new AbortController();
    const call = client.signIn({ user: "slow" }, { signal: cancelling.signal });
    await sink.entries.until((all) =>
      all.some(
        ({ type, callId }) =>
          type === GrpcLogEntry_EventType.CLIENT_HALF_CLOSE && callId !== entries[0]?.callId,
      ),
    );
    cancelling.abort();
    await expect(call).rejects.toMatchObject({ code: Code.CANCELLED });
    entries = await sink.calls(2);
    expect(typesOf(entries.slice(-4))).toEqual([
      "CLIENT_HEADER",
      "CLIENT_MESSAGE",
      "CLIENT_HALF_CLOSE",
      "CANCEL",
    ]);
    await expect(client.signIn({ user: "slow" }, { timeoutMs: 50 })).rejects.toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
    });
    entries = await sink.calls(3);
    expect(["SERVER_TRAILER", "CANCEL"]).toContain(typesOf(entries).at(-1));
  });

  it("keeps as much as the filter says, and of no other calls", async () => {
    const { sink, client } = await startLogged(
      "*{h:20;m:3},-trunkline.test.secrets.v1.AccountService/Watch",
    );
    await collect(client.watch({ count: 1 }));
    const metadata = { "x-short": "1", "x-too-long": "2".repeat(100), "x-after": "3" };
    await client.signIn({ user: "ann the long" }, { metadata });
    const entries = await sink.calls(1);
    expect(new Set(entries.map(({ callId }) => callId)).size).toBe(1);
    expect(entries[0]).toMatchObject({
      payloadTruncated: true,
      payload: { value: { metadata: { entry: [{ key: "x-short" }] } } },
    });
    expect(entries[1]).toMatchObject({
      payloadTruncated: true,
      payload: { value: { length: 14, data: expect.objectContaining({ length: 3 }) } },
    });
    expect(entries[2]).toMatchObject({ payloadTruncated: false, payload: { case: undefined } });
  });

  it("costs nothing where nothing is to be logged", () => {
    expect(serverBinaryLog({ sink: memorySink(), filter: "" })).toEqual({});
    expect(() => serverBinaryLog({ sink: memorySink(), filter: "Foo" })).toThrow(
      /binary log filter/,
    );
    expect(() => serverBinaryLog({} as never)).toThrow(/option sink is missing/);
  });

  it("goes into a file that only its owner reads, and back", async () => {
    const folder = await mkdtemp(join(tmpdir(), "trunkline-binlog-"));
    closeLater(() => rm(folder, { recursive: true }));
    const path = join(folder, "calls.binlog");
    const sink = await openBinaryLogFile(path);
    const { server, port } = await startAccountServer({
      observers: [serverBinaryLog({ sink, filter: "*" })],
    });
    const client = connectTo(port);
    for (let i = 0; i < 20; i++) await client.signIn({ user: `u${i}` });
    await server.shutdown({ graceMs: 1000 });
    await sink.close();
    const entries = [...readBinaryLog(await readFile(path))];
    expect(entries).toHaveLength(120);
    expect(sink).toMatchObject({ writtenEntries: 120, droppedEntries: 0 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});
