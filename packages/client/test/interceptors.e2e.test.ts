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
});
