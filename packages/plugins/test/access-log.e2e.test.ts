// Access logs of servers over real sockets, with pino and with other loggers.
import { create } from "@bufbuild/protobuf";
import { Code, createPrincipal, principal } from "@trunkline/core";
import type { Interceptor } from "@trunkline/server";
import { pino } from "pino";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { AccessLogOptions } from "../src/logging/log-options.js";
import { serverAccessLog } from "../src/logging/server-access-log.js";
import {
  accounts,
  closeAll,
  closeLater,
  collect,
  connectTo,
  endlessAccounts,
  startAccountServer,
} from "./account-server.js";
import {
  AccountService,
  SignInRequestSchema,
} from "./gen/trunkline/test/secrets/v1/account_service_pb.js";
import { Watched } from "./until.js";

type Line = Record<string, unknown>;

afterEach(async () => {
  await closeAll();
  vi.restoreAllMocks();
});

/** A pino logger, and its lines as they come. */
function memoryPino(level = "debug") {
  const lines = new Watched<readonly Line[]>([]);
  const write = (text: string): void => {
    expect(text.indexOf("\n")).toBe(text.length - 1);
    lines.value = [...lines.value, JSON.parse(text) as Line];
  };
  return { lines, logger: pino({ level }, { write }) };
}

/** A server with an access log to pino. */
async function startLogged(options: AccessLogOptions = {}, interceptors: Interceptor[] = []) {
  const { lines, logger } = memoryPino();
  const observers = [serverAccessLog({ logger, ...options })];
  const { port } = await startAccountServer({ observers, interceptors });
  const client = connectTo(port);
  const until = async (count: number): Promise<readonly Line[]> => {
    await lines.until((all) => all.length >= count);
    expect(lines.value).toHaveLength(count);
    return lines.value;
  };
  return { client, port, until, lines };
}

const identify: Interceptor = (call, next) => {
  call.context.set(principal, createPrincipal({ kind: "jwt", name: "ann\r\n" }));
  return next(call);
};

describe("the access log of a server", () => {
  it("has the fields of go-grpc-middleware, and ours", async () => {
    const { client, until } = await startLogged({ calls: "all", metadata: ["x-tenant"] }, [
      identify,
    ]);
    const metadata = {
      "x-request-id": "r-1",
      "x-tenant": ["a", "b"],
      authorization: "Bearer PLANTED1",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };
    await client.signIn({ user: "ann" }, { metadata, timeoutMs: 30_000 });
    const [line] = await until(1);
    expect(line).toEqual({
      level: 30,
      time: expect.any(Number),
      pid: expect.any(Number),
      hostname: expect.any(String),
      msg: "finished call",
      protocol: "grpc",
      "grpc.component": "server",
      "grpc.service": "trunkline.test.secrets.v1.AccountService",
      "grpc.method": "SignIn",
      "grpc.method_type": "unary",
      "peer.address": expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      "grpc.start_time": expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      "grpc.request.deadline": expect.stringMatching(/Z$/),
      "grpc.code": "OK",
      "grpc.time_ms": expect.any(Number),
      "grpc.request.messages": 1,
      "grpc.request.bytes": 5,
      "grpc.response.messages": 1,
      "grpc.response.bytes": 22,
      "grpc.request.metadata.x-tenant": "a, b",
      "request.id": "r-1",
      trace_id: "0af7651916cd43dd8448eb211c80319c",
      span_id: "b7ad6b7169203331",
      principal: "ann\\r\\n",
      "principal.kind": "jwt",
    });
  });

  it("has failed calls only, by default, at the level of their status", async () => {
    const { client, until } = await startLogged();
    await client.signIn({ user: "ann" });
    await expect(client.signIn({ user: "nobody" })).rejects.toThrow("no such user");
    await expect(client.signIn({ user: "broken" })).rejects.toMatchObject({ code: Code.UNKNOWN });
    const lines = await until(2);
    expect(lines).toMatchObject([
      { level: 30, "grpc.code": "NOT_FOUND", "grpc.error": "no such user" },
      { level: 50, "grpc.code": "UNKNOWN" },
    ]);
    expect(JSON.stringify(lines)).not.toContain("PLANTED");
  });

  it("has slow calls, as warnings", async () => {
    const { client, until } = await startLogged({ slowMs: 0 });
    await client.signIn({ user: "ann" });
    await collect(client.watch({ count: 1 }));
    expect(await until(1)).toMatchObject([{ level: 40, "grpc.code": "OK", "grpc.slow": true }]);
  });

  it("tells the kinds apart, and counts their messages", async () => {
    const { client, until } = await startLogged({ calls: "all", begins: "streams" });
    await client.signIn({ user: "ann" });
    await collect(client.watch({ count: 3 }));
    await client.import(accounts("a", "b"));
    await collect(client.talk(accounts("a", "b")));
    const lines = await until(7);
    expect(
      lines.map((line) => [
        line.msg,
        line["grpc.method_type"],
        line["grpc.request.messages"],
        line["grpc.response.messages"],
      ]),
    ).toEqual([
      ["finished call", "unary", 1, 1],
      ["started call", "server_stream", undefined, undefined],
      ["finished call", "server_stream", 1, 3],
      ["started call", "client_stream", undefined, undefined],
      ["finished call", "client_stream", 2, 1],
      ["started call", "bidi_stream", undefined, undefined],
      ["finished call", "bidi_stream", 2, 2],
    ]);
  });

  it("has calls that were cancelled, and those that ran out of time", async () => {
    const { client, until } = await startLogged();
    await client.signIn({ user: "ann" });
    const late = client.signIn({ user: "slow" }, { timeoutMs: 50 });
    await expect(late).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    const cancelling = new AbortController();
    const talk = client
      .talk(endlessAccounts("a"), { signal: cancelling.signal })
      [Symbol.asyncIterator]();
    await talk.next();
    cancelling.abort();
    await expect(talk.next()).rejects.toMatchObject({ code: Code.CANCELLED });
    expect(await until(2)).toMatchObject([
      {
        // Who notices first that the time is up: the server, or the client, which then cancels.
        "grpc.code": expect.stringMatching(/^(DEADLINE_EXCEEDED|CANCELLED)$/),
        "grpc.request.deadline": expect.stringMatching(/Z$/),
      },
      { level: 30, "grpc.code": "CANCELLED", "grpc.request.messages": 1 },
    ]);
  });

  it("can be told levels, exceptions, and to decide call by call", async () => {
    const asked: unknown[] = [];
    const { client, until } = await startLogged({
      calls: "all",
      levels: { NOT_FOUND: "debug", OK: "none" },
      except: [AccountService.method.watch],
      decide(call) {
        asked.push([call.path, call.code, call.isSlow, call.component]);
        return call.metadata?.get("x-watch-me") === "yes" ? "error" : undefined;
      },
      requestId: false,
      trace: false,
      durationUnit: "us",
    });
    await client.signIn({ user: "ann" });
    await client.signIn(
      { user: "ann" },
      { metadata: { "x-watch-me": "yes", "x-request-id": "1" } },
    );
    await collect(client.watch({ count: 1 }));
    await expect(client.signIn({ user: "nobody" })).rejects.toThrow();
    const lines = await until(2);
    expect(lines).toMatchObject([
      { level: 50, "grpc.code": "OK", "grpc.time_us": expect.any(Number) },
      { level: 20, "grpc.code": "NOT_FOUND" },
    ]);
    expect(lines[0]).not.toHaveProperty(["request.id"]);
    const path = "/trunkline.test.secrets.v1.AccountService/SignIn";
    expect(asked).toEqual([
      [path, 0, false, "server"],
      [path, 0, false, "server"],
      [path, 5, false, "server"],
    ]);
  });

  it("samples what is fine, and nothing else", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { client, until } = await startLogged({ calls: "all", sample: 0.5 });
    await client.signIn({ user: "ann" });
    await expect(client.signIn({ user: "nobody" })).rejects.toThrow();
    vi.spyOn(Math, "random").mockReturnValue(0.49);
    await client.signIn({ user: "ann" });
    expect(await until(2)).toMatchObject([{ "grpc.code": "NOT_FOUND" }, { "grpc.code": "OK" }]);
  });

  it("writes messages of the methods that were named, without what must not be shown", async () => {
    const { client, until } = await startLogged({
      payloads: {
        methods: [AccountService.method.signIn, "/trunkline.test.secrets.v1.AccountService/Talk"],
      },
    });
    await client.signIn(
      create(SignInRequestSchema, {
        user: "ann\r\n\u001b[31m",
        proof: { case: "phrase", value: "PLANTED-phrase" },
        note: "x".repeat(5000),
      }),
    );
    await collect(client.talk(accounts("a", "b")));
    await collect(client.watch({ count: 1 }));
    const lines = await until(6);
    expect(lines.slice(0, 2)).toMatchObject([
      {
        msg: "request received",
        "grpc.request.content": { user: "ann\\r\\n\\u001b[31m", phrase: "[redacted]" },
        "grpc.content.truncated": true,
      },
      { msg: "response sent", "grpc.response.content": { session: "[redacted]" } },
    ]);
    expect(
      lines
        .slice(2)
        .map((line) => [line.msg, line["grpc.request.number"] ?? line["grpc.response.number"]]),
    ).toEqual(
      expect.arrayContaining([
        ["request received", 1],
        ["request received", 2],
        ["response sent", 1],
        ["response sent", 2],
      ]),
    );
    expect(JSON.stringify(lines)).not.toContain("PLANTED");
    expect(JSON.stringify(lines[0]).length).toBeLessThan(4000);
  });

  it("says how many lines it has left out", async () => {
    vi.spyOn(performance, "now").mockReturnValue(1500);
    const { client, until } = await startLogged({ maxLinesPerSecond: 2 });
    for (let i = 0; i < 5; i++) await client.signIn({ user: "nobody" }).catch(() => 0);
    vi.spyOn(performance, "now").mockReturnValue(2500);
    await client.signIn({ user: "nobody" }).catch(() => 0);
    expect(await until(4)).toMatchObject([
      { msg: "finished call" },
      { msg: "finished call" },
      { level: 40, "lines.left_out": 3 },
      { msg: "finished call" },
    ]);
  });

  it("follows the level of the logger, and asks nothing of calls that it does not show", async () => {
    const { lines, logger } = memoryPino("warn");
    const observers = [serverAccessLog({ logger, calls: "all" })];
    const { port } = await startAccountServer({ observers });
    const client = connectTo(port);
    await client.signIn({ user: "ann" });
    logger.level = "info";
    await client.signIn({ user: "bob" });
    await lines.until((all) => all.length > 0);
    expect(lines.value).toMatchObject([{ level: 30, "grpc.code": "OK" }]);
  });

  it("bounds and escapes what handlers and strangers say", async () => {
    const { client, until } = await startLogged();
    await expect(client.signIn({ user: "forger" })).rejects.toThrow();
    const [line] = await until(1);
    const error = String(line?.["grpc.error"]);
    expect(error).toMatch(/^first\\r\\nsecond \\u001b\[31mred x/);
    expect(error.length).toBeLessThan(2200);
  });
});

describe("loggers", () => {
  const methods = ["debug", "info", "warn", "error"] as const;
  const spies = () => Object.fromEntries(methods.map((name) => [name, vi.fn()]));

  async function failWith(options: AccessLogOptions): Promise<void> {
    const { server, port } = await startAccountServer({ observers: [serverAccessLog(options)] });
    await expect(connectTo(port).signIn({ user: "nobody" })).rejects.toThrow();
    await server.shutdown({ graceMs: 100 });
    closeLater(() => undefined);
  }

  it.each(["message-first", undefined] as const)(
    "that take the message first: %s",
    async (order) => {
      const logger = spies();
      await failWith({ logger: logger as never, order });
      expect(logger.info).toHaveBeenCalledExactlyOnceWith(
        "finished call",
        expect.objectContaining({ protocol: "grpc", "grpc.code": "NOT_FOUND" }),
      );
      expect(Object.values(logger.info?.mock.calls[0]?.[1] as object)).not.toContain(undefined);
    },
  );

  it("that take the fields first, and have no children", async () => {
    const logger = spies();
    await failWith({ logger: logger as never, order: "fields-first" });
    expect(logger.info).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ protocol: "grpc", "grpc.code": "NOT_FOUND" }),
      "finished call",
    );
  });

  it("that are the console get one line", async () => {
    const info = vi.spyOn(console, "info").mockReturnValue();
    await failWith({ logger: console });
    expect(info.mock.calls).toEqual([
      [
        expect.stringMatching(
          /^trunkline info: finished call protocol="grpc" .*grpc.code="NOT_FOUND"/,
        ),
      ],
    ]);
  });

  it("that throw end no call", async () => {
    const logger = spies();
    logger.info?.mockImplementation(() => {
      throw new Error("full");
    });
    await failWith({ logger: logger as never });
    expect(logger.info).toHaveBeenCalledOnce();
  });
});

describe("options that cannot be used", () => {
  it.each<[unknown, RegExp]>([
    [{ logger: {} }, /option logger is an object without a method debug/],
    [{ logger: console, order: "x" }, /option order is "x"/],
    [{ calls: "some" }, /option calls is "some"; it must be one of all, errors, none/],
    [{ begins: true }, /option begins/],
    [{ decide: 1 }, /option decide is 1; it must be a function/],
    [{ slowMs: -1 }, /option slowMs is -1; it must be a number from 0 to Infinity/],
    [{ sample: 2 }, /option sample is 2; it must be a number from 0 to 1/],
    [{ maxLinesPerSecond: 0 }, /option maxLinesPerSecond/],
    [{ levels: { NOT_THERE: "info" } }, /option levels names "NOT_THERE"/],
    [{ levels: { OK: "loud" } }, /option levels.OK is "loud"/],
    [{ metadata: ["Authorization"] }, /option metadata has "Authorization": .* credentials/],
    [{ metadata: ["x-auth-token"] }, /credentials/],
    [{ metadata: ["a b"] }, /no metadata name/],
    [{ requestId: "cookie" }, /credentials/],
    [{ except: ["Foo"] }, /option except has "Foo", which is neither/],
    [{ payloads: {} }, /option payloads.methods is missing/],
    [{ payloads: { methods: ["*"] } }, /option payloads.methods has "\*"/],
    [{ payloads: { methods: [], maxChars: -1 } }, /option payloads.maxChars/],
    [{ durationUnit: "m" }, /option durationUnit/],
  ])("%j", (options, text) => {
    expect(() => serverAccessLog(options as AccessLogOptions)).toThrow(text);
  });
});
