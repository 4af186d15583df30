// Interceptors around real calls: order, changes, retries, streams, failures.
import { create } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import { Code, deriveCall, type Interceptor } from "../src/index.js";
import { closeAll, connect, reply, serve } from "./connected-client.js";
import { UnaryResponseSchema } from "./gen/trunkline/test/v1/test_service_pb.js";
import { answerWith, type RawStream } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

afterEach(closeAll);

describe("interceptors", () => {
  it("wrap the call, first one outermost, and may change everything", async () => {
    const server = serve(answerWith(reply));
    const seen: string[] = [];
    const named =
      (name: string): Interceptor =>
      async (call, next) => {
        seen.push(`${name} before`);
        call.metadata.append("x-by", name);
        const answer = await next(call);
        seen.push(`${name} after ${(await answer.closed).code}`);
        return answer;
      };
    const replacing: Interceptor = async (call, next) => {
      const answer = await next(
        deriveCall(call, { message: { ...(call.message as object), text: "changed" } }),
      );
      answer.message = create(UnaryResponseSchema, {
        text: `${(answer.message as { text: string }).text}!`,
      });
      return answer;
    };
    const { client } = connect(await server.listen(), {
      interceptors: [named("a"), named("b"), replacing],
    });
    const response = await client.unary({ text: "x" });
    expect(response.text).toBe("hello!");
    expect(seen).toEqual(["a before", "b before", "b after 0", "a after 0"]);
    expect(server.streams[0]!.fields.filter((field) => field === "x-by").length).toBe(2);
    expect(Buffer.from(server.streams[0]!.body).includes("changed")).toBe(true);
  });

  it("may retry", async () => {
    let calls = 0;
    const answer = answerWith(reply);
    const server = serve((stream, raw) => {
      if (stream.isEnded && calls++ < 2) {
        stream.trailers([
          ":status",
          "200",
          "content-type",
          "application/grpc",
          "grpc-status",
          "14",
        ]);
      } else {
        answer(stream, raw);
      }
    });
    const retrying: Interceptor = async (call, next) => {
      for (let attempt = 0; ; attempt++) {
        try {
          return await next(call);
        } catch (error) {
          if (attempt === 2) {
            throw error;
          }
        }
      }
    };
    const { client } = connect(await server.listen(), { interceptors: [retrying] });
    await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
    expect(server.streams.length).toBe(3);
  });

  it("see streams, and early exits go through them", async () => {
    const server = serve((stream) => {
      if (stream.isEnded && stream.reset === undefined && !seen.has(stream)) {
        seen.add(stream);
        stream.head().message(new Uint8Array(0)).message(new Uint8Array(0));
      }
    });
    const seen = new WeakSet<RawStream>();
    let code: number | undefined;
    const watching: Interceptor = async (call, next) => {
      const answer = await next(call);
      void answer.closed.then((status) => {
        code = status.code;
      });
      return answer;
    };
    const { client } = connect(await server.listen(), { interceptors: [watching] });
    for await (const message of client.download({})) {
      expect(message.index).toBe(0);
      break;
    }
    await server.until(() => server.streams[0]!.reset !== undefined);
    expect(code).toBe(Code.CANCELLED);
  });

  it("that throw fail the call", async () => {
    const server = serve(answerWith(reply));
    const throwing: Interceptor = () => {
      throw new Error("no token");
    };
    const { client } = connect(await server.listen(), { interceptors: [throwing] });
    const error = await failureOf(client.unary({}));
    expect([error.code, error.message]).toEqual([Code.UNKNOWN, "no token"]);
  });

  it("that throw away the answer leave no stream behind", async () => {
    const server = serve((stream) => {
      if (stream.isEnded && stream.reset === undefined) stream.head();
    });
    const forgetful: Interceptor = async (call, next) => {
      await next(call);
      throw new Error("not what I wanted");
    };
    const { client } = connect(await server.listen(), { interceptors: [forgetful] });
    const error = await failureOf(client.download({}).next());
    expect(error.message).toBe("not what I wanted");
    await server.until(() => server.streams[0]!.reset?.code === 0x8);
  });

  it("that never come to an end are ended by the deadline and by the caller", async () => {
    const server = serve(answerWith(reply));
    const seen: unknown[] = [];
    const stuck: Interceptor = (call) => {
      call.signal.addEventListener("abort", () => seen.push(call.signal.reason));
      return new Promise(() => {});
    };
    const { client } = connect(await server.listen(), { interceptors: [stuck] });
    const late = await failureOf(client.unary({}, { timeoutMs: 5 }));
    expect([late.code, late.message]).toEqual([
      Code.DEADLINE_EXCEEDED,
      expect.stringContaining("the deadline passed before the interceptors had an answer"),
    ]);
    const controller = new AbortController();
    const pending = failureOf(client.download({}, { signal: controller.signal }).next());
    controller.abort();
    expect((await pending).code).toBe(Code.CANCELLED);
    const aborted = { signal: AbortSignal.abort() };
    expect((await failureOf(client.unary({}, aborted))).code).toBe(Code.CANCELLED);
    expect(seen.length).toBe(2);
  });

  it("that give no answer fail the call", async () => {
    const server = serve(answerWith(reply));
    for (const answer of [undefined, {}, 5]) {
      const empty: Interceptor = () => Promise.resolve(answer as never);
      const { client } = connect(await server.listen(), { interceptors: [empty] });
      const unary = await failureOf(client.unary({}));
      expect([unary.code, unary.message]).toEqual([
        Code.INTERNAL,
        "an interceptor answered the call to /trunkline.test.v1.TestService/Unary without a message",
      ]);
      expect((await failureOf(client.download({}).next())).code).toBe(Code.INTERNAL);
    }
  });

  it("that fail close the caller's requests, which nobody will take", async () => {
    const server = serve(answerWith(reply));
    const throwing: Interceptor = () => Promise.reject(new Error("no token"));
    const { client } = connect(await server.listen(), { interceptors: [throwing] });
    let isClosed = false;
    async function* requests(): AsyncGenerator<object> {
      try {
        yield {};
      } finally {
        isClosed = true;
      }
    }
    const source = requests();
    await source.next();
    await failureOf(client.upload(source));
    expect(isClosed).toBe(true);
    const call = client.upload.open();
    const waiting = failureOf(call.send({}));
    expect((await failureOf(call.response)).message).toBe("no token");
    expect((await waiting).code).toBe(Code.CANCELLED);
  });

  it("change nothing about callbacks that throw", async () => {
    const server = serve((stream) => {
      if (stream.isEnded && stream.reset === undefined) stream.head();
    });
    const { client } = connect(await server.listen(), {
      interceptors: [(call, next) => next(call)],
    });
    const onHeader = (): void => {
      throw new Error("mine");
    };
    const error = await failureOf(client.download({}, { onHeader }).next());
    expect([error.code, error.message]).toEqual([
      Code.CANCELLED,
      "a callback of the call to /trunkline.test.v1.TestService/Download threw: mine",
    ]);
    await server.until(() => server.streams[0]!.reset?.code === 0x8);
  });

  it("change nothing about trailers of failed calls", async () => {
    const server = serve((stream) => {
      if (stream.isEnded) {
        const head = [":status", "200", "content-type", "application/grpc"];
        stream.trailers([...head, "grpc-status", "5", "grpc-message", "gone"]);
      }
    });
    for (const interceptors of [[], [((call, next) => next(call)) satisfies Interceptor]]) {
      const { client } = connect(await server.listen(), { interceptors });
      let trailers = 0;
      const onTrailer = (): void => {
        trailers++;
      };
      expect((await failureOf(client.unary({}, { onTrailer }))).code).toBe(Code.NOT_FOUND);
      expect(trailers).toBe(1);
    }
  });
});
