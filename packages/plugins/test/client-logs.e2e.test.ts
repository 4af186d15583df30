// Logs of a channel over real sockets: calls as the application sees them, however many attempts they take.
import { Code } from "@trunkline/core";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { clientBinaryLog } from "../src/binary-log/client-binary-log.js";
import {
  type GrpcLogEntry,
  GrpcLogEntry_EventType as Type,
} from "../src/binary-log/gen/grpc/binlog/v1/binarylog_pb.js";
import { clientAccessLog } from "../src/logging/client-access-log.js";
import type { AccessLogOptions } from "../src/logging/log-options.js";
import {
  accounts,
  closeAll,
  collect,
  connectTo,
  endlessAccounts,
  startAccountServer,
} from "./account-server.js";
import { AccountService } from "./gen/trunkline/test/secrets/v1/account_service_pb.js";

afterEach(closeAll);

const retries = {
  serviceConfig: {
    methodConfig: [
      {
        name: [{}],
        retryPolicy: {
          maxAttempts: 3,
          initialBackoff: "0.001s",
          maxBackoff: "0.001s",
          backoffMultiplier: 1,
          retryableStatusCodes: ["NOT_FOUND"],
        },
      },
    ],
  },
} as const;

async function startLogged(options: AccessLogOptions = {}, channel: object = {}) {
  const lines: Record<string, unknown>[] = [];
  const write = (text: string): void => void lines.push(JSON.parse(text));
  const logger = pino({ level: "debug" }, { write });
  const { port, server } = await startAccountServer({});
  const observers = [clientAccessLog({ logger, ...options })];
  return { client: connectTo(port, { observers, ...channel }), lines, port, server };
}

describe("the access log of a channel", () => {
  it("has each call once, with the number of its attempts", async () => {
    const { client, lines, port } = await startLogged({ calls: "all", begins: "all" }, retries);
    await client.signIn({ user: "ann" }, { metadata: { "x-request-id": "r" }, timeoutMs: 9000 });
    await expect(client.signIn({ user: "nobody" })).rejects.toMatchObject({ code: Code.NOT_FOUND });
    expect(lines).toMatchObject([
      { level: 20, msg: "started call", "request.id": "r" },
      {
        level: 20,
        msg: "finished call",
        protocol: "grpc",
        "grpc.component": "client",
        "grpc.service": "trunkline.test.secrets.v1.AccountService",
        "grpc.method": "SignIn",
        "grpc.method_type": "unary",
        "peer.address": `127.0.0.1:${port}`,
        "grpc.start_time": expect.any(String),
        "grpc.request.deadline": expect.any(String),
        "grpc.code": "OK",
        "grpc.time_ms": expect.any(Number),
        "grpc.request.bytes": 5,
        "grpc.response.bytes": 22,
        "grpc.attempts": 1,
        "request.id": "r",
      },
      { msg: "started call" },
      {
        "grpc.code": "NOT_FOUND",
        "grpc.error": expect.stringMatching(/^no such user/),
        "grpc.attempts": 3,
      },
    ]);
  });

  it("has calls that no server has seen", async () => {
    const { client, lines, server } = await startLogged();
    await server.shutdown({ graceMs: 0 });
    await expect(client.signIn({ user: "ann" })).rejects.toMatchObject({ code: Code.UNAVAILABLE });
    expect(lines).toMatchObject([{ level: 40, "grpc.code": "UNAVAILABLE" }]);
  });

  it("has messages once, although attempts repeat them", async () => {
    const payloads = { methods: [AccountService] };
    const { client, lines } = await startLogged({ calls: "none", payloads }, retries);
    await client.signIn({ user: "nobody" }).catch(() => undefined);
    await collect(client.talk(accounts("a")));
    expect(lines.map(({ msg }) => msg)).toEqual([
      "request sent",
      "request sent",
      "response received",
    ]);
    expect(lines[0]?.["grpc.request.content"]).toEqual({ user: "nobody" });
    expect(lines[2]?.["grpc.response.content"]).toEqual({
      account: { name: "a", iban: "[redacted]" },
    });
  });
});

async function startBinaryLogged(channel: object = {}, filter = "*") {
  const entries: GrpcLogEntry[] = [];
  const sink = { write: (entry: GrpcLogEntry) => void entries.push(entry) };
  const { port, server } = await startAccountServer({});
  const observers = [clientBinaryLog({ sink, filter })];
  /** Types of all entries since this was asked for last. */
  const types = (): (string | undefined)[] =>
    entries.splice(0).map(({ type }) => Object.entries(Type).find(([, n]) => n === type)?.[0]);
  return { client: connectTo(port, { observers, ...channel }), entries, types, port, server };
}

describe("the binary log of a channel", () => {
  it("has all of a call, the peer with what came from it", async () => {
    const { client, entries, types, port } = await startBinaryLogged();
    await client.signIn({ user: "ann" }, { metadata: { "x-a": "1" }, timeoutMs: 9000 });
    expect(entries.map(({ sequenceIdWithinCall }) => sequenceIdWithinCall)).toEqual([
      1n,
      2n,
      3n,
      4n,
      5n,
      6n,
    ]);
    expect(entries[0]).toMatchObject({
      logger: 1,
      payload: {
        value: {
          methodName: "/trunkline.test.secrets.v1.AccountService/SignIn",
          authority: `127.0.0.1:${port}`,
          metadata: { entry: [{ key: "x-a" }] },
          timeout: { seconds: expect.any(BigInt) },
        },
      },
    });
    expect(entries[3]).toMatchObject({
      peer: { type: 1, address: "127.0.0.1", ipPort: port },
      payload: { value: { metadata: { entry: [{ key: "x-header" }] } } },
    });
    expect(entries[5]).toMatchObject({
      payload: { value: { statusCode: 0, metadata: { entry: [{ key: "x-trailer" }] } } },
    });
    expect(entries.filter(({ peer }) => peer !== undefined)).toHaveLength(1);
    expect(types()).toEqual([
      "CLIENT_HEADER",
      "CLIENT_MESSAGE",
      "CLIENT_HALF_CLOSE",
      "SERVER_HEADER",
      "SERVER_MESSAGE",
      "SERVER_TRAILER",
    ]);
  });

  it("has every message of streams, in order", async () => {
    const { client, types } = await startBinaryLogged();
    await collect(client.watch({ count: 2 }));
    expect(types().slice(3)).toEqual([
      "SERVER_HEADER",
      "SERVER_MESSAGE",
      "SERVER_MESSAGE",
      "SERVER_TRAILER",
    ]);
    await client.import(accounts("a", "b"));
    expect(types().slice(0, 4)).toEqual([
      "CLIENT_HEADER",
      "CLIENT_MESSAGE",
      "CLIENT_MESSAGE",
      "CLIENT_HALF_CLOSE",
    ]);
    await collect(client.talk(accounts("a", "b")));
    const all = types();
    expect(all.filter((type) => type === "CLIENT_MESSAGE")).toHaveLength(2);
    expect(all.filter((type) => type === "SERVER_MESSAGE")).toHaveLength(2);
    expect(all.at(-1)).toBe("SERVER_TRAILER");
  });

  it("has what the application sees of attempts: requests once, and the last status", async () => {
    const { client, entries, types, port } = await startBinaryLogged(retries);
    await client.signIn({ user: "nobody" }).catch(() => undefined);
    expect(entries.at(-1)).toMatchObject({
      peer: { address: "127.0.0.1", ipPort: port },
      payload: { value: { statusCode: 5, statusMessage: "no such user" } },
    });
    expect(types()).toEqual([
      "CLIENT_HEADER",
      "CLIENT_MESSAGE",
      "CLIENT_HALF_CLOSE",
      "SERVER_TRAILER",
    ]);
  });

  it("tells a call that was taken back from one that ran out of time, or found nobody", async () => {
    const { client, entries, types, server } = await startBinaryLogged();
    await client.signIn({ user: "ann" });
    types();
    await client.signIn({ user: "slow" }, { timeoutMs: 30 }).catch(() => undefined);
    expect(entries.at(-1)?.payload).toMatchObject({ value: { statusCode: 4 } });
    expect(types().at(-1)).toBe("SERVER_TRAILER");
    const talk = client.talk(endlessAccounts("a"));
    for await (const _ of talk) break;
    expect(types().at(-1)).toBe("CANCEL");
    const cancelled = client.signIn({ user: "slow" }, { signal: AbortSignal.timeout(30) });
    await cancelled.catch(() => undefined);
    types();
    await server.shutdown({ graceMs: 0 });
    await client.signIn({ user: "ann" }).catch(() => undefined);
    expect(entries.at(-1)?.payload).toMatchObject({ value: { statusCode: 14 } });
    expect(types()).toEqual(["CLIENT_HEADER", "SERVER_TRAILER"]);
  });
});
