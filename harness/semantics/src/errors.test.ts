// What a failed call tells: its code whatever else is wrong, the caller's line, and how it is printed.
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import {
  type Address,
  Code,
  createChannel,
  createClient,
  type Interceptor,
  RpcError,
  silentLog,
} from "@trunkline/client";
import { createMemoryPair } from "@trunkline/http2";
import { run as runCommand } from "@trunkline/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { closeAll, closeLater, failureOf, startPair } from "./pair.js";
import { answer, answerTrailersOnly, startScript, WireClient } from "./wire.js";

afterEach(closeAll);

const passing: Interceptor = async (call, next) => await next(call);

describe("the stack of an error", () => {
  const stackOf = async (action: () => Promise<unknown>): Promise<string> => {
    try {
      await action();
    } catch (error) {
      return (error as Error).stack ?? "";
    }
    throw new Error("nothing was thrown");
  };

  describe.each([
    ["without interceptors", []],
    ["with interceptors", [passing, passing]],
  ])("%s", (_name, interceptors) => {
    const start = () =>
      startPair(
        {
          unary: () => {
            throw new RpcError(Code.NOT_FOUND, "no such thing");
          },
          async *download() {
            yield { index: 1 };
            throw new RpcError(Code.NOT_FOUND, "no such thing");
          },
          async upload() {
            throw new RpcError(Code.NOT_FOUND, "no such thing");
          },
        },
        { channel: { interceptors } },
      ).client;

    it("leads to the line that awaits a unary call", async () => {
      const client = start();
      async function callerOfUnary(): Promise<void> {
        await client.unary({});
      }
      const stack = await stackOf(callerOfUnary);
      expect(stack).toMatch(/^RpcError: no such thing\n/);
      expect(stack).toMatch(/at (async )?callerOfUnary .*errors\.test\.ts/);
    });

    it("leads to the loop over a stream", async () => {
      const client = start();
      async function callerOfDownload(): Promise<void> {
        for await (const _ of client.download({}));
      }
      expect(await stackOf(callerOfDownload)).toMatch(
        /at (async )?callerOfDownload .*errors\.test/,
      );
    });

    it("leads to whoever reads on after the failure", async () => {
      const client = start();
      const responses = client.download({});
      await responses.next();
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
      async function lateReader(): Promise<void> {
        await responses.next();
      }
      expect(await stackOf(lateReader)).toMatch(/at (async )?lateReader .*errors\.test/);
    });

    it("leads to the caller of a client stream, and at a deadline as well", async () => {
      const client = start();
      async function callerOfUpload(): Promise<void> {
        await client.upload([{}], { timeoutMs: 0 });
      }
      expect(await stackOf(callerOfUpload)).toMatch(/at (async )?callerOfUpload .*errors\.test/);
    });
  });

  it("of an application's own error is left as it is", async () => {
    const { client } = startPair({ unary: () => new Promise(() => {}) });
    const controller = new AbortController();
    const own = new RpcError(Code.ABORTED, "mine");
    const { stack } = own;
    const call = failureOf(client.unary({}, { signal: controller.signal }));
    controller.abort(own);
    expect(await call).toBe(own);
    expect(own.stack).toBe(stack);
    const thrower: Interceptor = async () => {
      throw own;
    };
    const other = startPair({}, { channel: { interceptors: [thrower] } });
    expect(await failureOf(other.client.unary({}))).toBe(own);
    expect(own.stack).toBe(stack);
  });

  it("a call that nobody awaits is no unhandled rejection where there is another way to learn of it", async () => {
    const { client } = startPair({}, { channel: { interceptors: [passing] } });
    const rejections: unknown[] = [];
    const note = (reason: unknown): unknown => rejections.push(reason);
    process.on("unhandledRejection", note);
    const call = client.upload.open();
    await expect(call.trailers).rejects.toBeInstanceOf(RpcError);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    process.off("unhandledRejection", note);
    expect(rejections).toEqual([]);
  });
});

describe("what is printed", () => {
  it("console.error shows the code's name", () => {
    expect(inspect(new RpcError(Code.UNAVAILABLE, "gone"))).toMatch(
      /^RpcError: \[UNAVAILABLE\] gone\n/,
    );
  });

  it("so does a process that ends by the error, however it came", async () => {
    const home = fileURLToPath(new URL("..", import.meta.url));
    const run = async (code: string): Promise<string> => {
      const script = `import { RpcError } from "@trunkline/core"; ${code}`;
      const args = ["--input-type=module", "-e", script];
      const { stderr } = await runCommand(process.execPath, args, { cwd: home });
      return stderr;
    };
    for (const code of ["throw", "Promise.reject("]) {
      const end = code.endsWith("(") ? ")" : "";
      const text = await run(`${code} new RpcError(14, "gone")${end};`);
      expect(text).toContain("RpcError: gone");
      expect(text).toContain("UNAVAILABLE");
      expect(text).toContain("code: 14");
    }
  });
});

describe("a failure that reaches onTrailer", () => {
  it.each([
    ["without interceptors", []],
    ["with interceptors", [passing]],
  ])("ends a stream with what the callback threw, %s", async (_name, interceptors) => {
    const { client } = startPair(
      {
        async *download() {
          yield { index: 1 };
        },
      },
      { channel: { interceptors } },
    );
    const onTrailer = (): void => {
      throw new Error("my callback");
    };
    const seen: number[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const { index } of client.download({}, { onTrailer })) seen.push(index);
      })(),
    );
    expect(failure.code).toBe(Code.CANCELLED);
    expect(failure.message).toContain("my callback");
    expect(seen).toEqual([1]);
  });
});

describe("what comes from the peer", () => {
  it.each([
    ["100% bad", "100% bad"],
    ["%zz%4", "%zz%4"],
    ["%FF%FE", "\uFFFD\uFFFD"],
    ["caf%C3%A9%3A%2F%2C", "café:/,"],
  ])("grpc-message %j does not hide the code", async (sent, text) => {
    const { client } = await startScript((stream) =>
      answerTrailersOnly(stream, { "grpc-status": "3", "grpc-message": sent }),
    );
    const failure = await failureOf(client.unary({}));
    expect([failure.code, failure.message]).toEqual([Code.INVALID_ARGUMENT, text]);
  });

  it.each([
    [400, Code.INTERNAL],
    [401, Code.UNAUTHENTICATED],
    [403, Code.PERMISSION_DENIED],
    [404, Code.UNIMPLEMENTED],
    [429, Code.UNAVAILABLE],
    [431, Code.UNKNOWN],
    [500, Code.UNKNOWN],
    [502, Code.UNAVAILABLE],
    [503, Code.UNAVAILABLE],
    [504, Code.UNAVAILABLE],
  ])("HTTP status %d without grpc-status is code %d", async (status, code) => {
    const { client } = await startScript((stream) => {
      stream.respond({ ":status": status, "content-type": "text/html" });
      stream.end("<h1>sorry</h1>");
    });
    const failure = await failureOf(client.unary({}));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(`HTTP status ${status}`);
    expect(failure.message).toContain("<h1>sorry</h1>");
  });

  it("grpc-status goes before the HTTP status", async () => {
    const { client } = await startScript((stream) =>
      answerTrailersOnly(stream, { ":status": 503, "grpc-status": "5", "grpc-message": "no" }),
    );
    expect((await failureOf(client.unary({}))).code).toBe(Code.NOT_FOUND);
  });

  it.each([
    [0x1, Code.INTERNAL],
    [0x2, Code.INTERNAL],
    [0x3, Code.INTERNAL],
    [0x8, Code.CANCELLED],
    [0xb, Code.RESOURCE_EXHAUSTED],
    [0xc, Code.PERMISSION_DENIED],
  ])("RST_STREAM 0x%s is code %d", async (rst, code) => {
    const { client } = await startScript((stream) => {
      stream.close(rst);
    });
    expect((await failureOf(client.unary({}))).code).toBe(code);
  });
});

describe("what goes to the peer", () => {
  it("lone surrogates are replaced, in messages and in details, before and after the head", async () => {
    const broken = "half \uD83D of a pair";
    const wire = await WireClient.start({
      unary: (_request, call) => {
        if (call.metadata.has("x-late")) call.sendHeaders();
        throw new RpcError(Code.DATA_LOSS, broken);
      },
    });
    const early = await wire.call({});
    expect(early.headers).toMatchObject({
      "grpc-status": String(Code.DATA_LOSS),
      "grpc-message": "half %EF%BF%BD of a pair",
    });
    const late = await wire.call({ "x-late": "1" });
    expect(late.trailers).toMatchObject({
      "grpc-status": String(Code.DATA_LOSS),
      "grpc-message": "half %EF%BF%BD of a pair",
    });
  });

  it("an error of another copy of the package is as good as one of ours", async () => {
    vi.resetModules();
    const copy = await import("@trunkline/core");
    expect(copy.RpcError).not.toBe(RpcError);
    const { client } = startPair({
      unary: () => {
        throw new copy.RpcError(Code.ALREADY_EXISTS, "twice", {
          metadata: new copy.Metadata({ "x-why": "because" }),
        });
      },
    });
    const failure = await failureOf(client.unary({}));
    expect(failure).toBeInstanceOf(copy.RpcError);
    expect([failure.code, failure.message]).toEqual([Code.ALREADY_EXISTS, "twice"]);
    expect(failure.metadata.get("x-why")).toBe("because");
  });

  it("a response in trailers alone has one block, and one with headers of its own has two", async () => {
    const wire = await WireClient.start({
      unary: (_request, call) => {
        if (call.metadata.has("x-headers")) call.responseHeaders.set("x-first", "1");
        throw new RpcError(Code.NOT_FOUND, "no");
      },
    });
    const one = await wire.call({});
    expect(one.trailers).toBeUndefined();
    expect(one.headers).toMatchObject({ ":status": 200, "grpc-status": "5", "grpc-message": "no" });
    const two = await wire.call({ "x-headers": "1" });
    expect(two.headers).toMatchObject({ "x-first": "1" });
    expect(two.headers["grpc-status"]).toBeUndefined();
    expect(two.trailers).toMatchObject({ "grpc-status": "5" });
  });

  it("our client takes a response in trailers alone, its metadata included", async () => {
    const { client } = await startScript((stream) =>
      answerTrailersOnly(stream, { "grpc-status": "9", "grpc-message": "later", "x-why": "busy" }),
    );
    let headers = 0;
    const failure = await failureOf(client.unary({}, { onHeader: () => headers++ }));
    expect([failure.code, failure.message, headers]).toEqual([9, "later", 0]);
    expect(failure.metadata.get("x-why")).toBe("busy");
    const { client: other } = await startScript((stream) => answer(stream));
    await expect(other.unary({})).resolves.toBeDefined();
  });
});

describe("connecting", () => {
  it("an address that refuses is named once beside the target", async () => {
    const channel = createChannel("ipv4:127.0.0.1:1", { log: silentLog });
    closeLater(() => channel.close());
    const failure = await failureOf(createClient(TestService, channel).unary({}));
    expect(failure.code).toBe(Code.UNAVAILABLE);
    expect(failure.message).toMatch(
      /^no connection to "ipv4:127\.0\.0\.1:1": TRANSIENT_FAILURE for .* s, connect ECONNREFUSED 127\.0\.0\.1:1; next attempt in/,
    );
  });

  it("a peer that does not speak HTTP/2 is named once beside the target", async () => {
    const dialed: Address[] = [];
    const channel = createChannel("mute.example:50051", {
      log: silentLog,
      connect: async (address) => {
        dialed.push(address);
        const [near, far] = createMemoryPair();
        far.end("220 mail.example ESMTP\r\n");
        return near;
      },
    });
    closeLater(() => channel.close());
    const failure = await failureOf(createClient(TestService, channel).unary({}));
    expect(failure.code).toBe(Code.UNAVAILABLE);
    expect(failure.message.split("mute.example:50051")).toHaveLength(3);
    // No name server was asked: there is no such host.
    expect(dialed).toEqual([{ kind: "tcp", host: "mute.example", port: 50_051 }]);
  });
});
