// Calls without a contract: bytes in, bytes out, on either end and on both.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  Code,
  createRawClient,
  type Interceptor,
  openRaw,
  RpcError,
  UsageError,
} from "@trunkline/client";
import { jsonFormat } from "@trunkline/client/json";
import { createServer, type ServerCall } from "@trunkline/server";
import { afterEach, describe, expect, it } from "vitest";
import { collect, connect, endBoth, serve } from "./both-ends.js";
import {
  ChatRequestSchema,
  TestService,
  UnaryRequestSchema,
  UnaryResponseSchema,
} from "./gen/trunkline/test/v1/test_service_pb.js";

afterEach(endBoth);

const request = toBinary(UnaryRequestSchema, create(UnaryRequestSchema, { text: "ada" }));
const passing: Interceptor = (call, next) => next(call);
const chains = [
  ["plain", []],
  ["behind interceptors", [passing]],
] as const;

describe.each(chains)("raw clients, %s", (_how, interceptors) => {
  it("make the four kinds of call with bytes", async () => {
    const { target } = await serve({
      unary: ({ text }) => ({ text: `${text}!` }),
      *download({ count }) {
        for (let index = 0; index < count; index++) yield { index };
      },
      upload: async (requests) => ({ count: (await collect(requests)).length }),
      async *chat(requests) {
        for await (const { text } of requests) yield { text };
      },
    });
    const { channel } = connect(target, { interceptors });
    const raw = createRawClient(TestService, channel);
    const response = await raw.unary(request);
    expect(fromBinary(UnaryResponseSchema, response).text).toBe("ada!");
    // count: 2, in field 1.
    expect(await collect(raw.download(Uint8Array.of(8, 2)))).toEqual([
      new Uint8Array(0),
      Uint8Array.of(8, 1),
    ]);
    expect(await raw.upload([new Uint8Array(0), new Uint8Array(0)])).toEqual(Uint8Array.of(8, 2));
    expect(await collect(raw.chat([request]))).toEqual([request]);
  });

  it("call any method by its path", async () => {
    const { target } = await serve({ unary: ({ text }) => ({ text: `${text}!` }) });
    const { channel } = connect(target, { interceptors });
    const call = openRaw(channel, "/trunkline.test.v1.TestService/Unary");
    void call.send(request);
    call.closeSend();
    const [response] = await collect(call.messages);
    expect(fromBinary(UnaryResponseSchema, response!).text).toBe("ada!");
    const missing = openRaw(channel, "/trunkline.test.v1.TestService/Nothing");
    missing.closeSend();
    await expect(missing.trailers).rejects.toMatchObject({ code: Code.UNIMPLEMENTED });
  });
});

it("raw clients refuse what is no bytes, and paths that are none", async () => {
  const { target } = await serve({});
  const { channel } = connect(target);
  const raw = createRawClient(TestService, channel);
  expect(() => raw.unary({ text: "" } as never)).toThrow(UsageError);
  expect(() => openRaw(channel, "no path")).toThrow(UsageError);
});

describe.each(chains)("services that handle bytes, %s", (_how, interceptors) => {
  it("are called by ordinary clients", async () => {
    const { server, target } = await serve(undefined, { interceptors: [...interceptors] });
    server.addRawService(TestService, {
      unary: (bytes) => bytes,
      *download(bytes) {
        yield bytes;
        yield bytes;
      },
      async upload(requests) {
        return Uint8Array.of(8, (await collect(requests)).length);
      },
      chat: (requests) => requests,
    });
    const { client } = connect(target);
    expect((await client.unary({ text: "ada" })).text).toBe("ada");
    expect(await collect(client.download({ count: 1 }))).toHaveLength(2);
    expect((await client.upload([{}, {}, {}])).count).toBe(3);
    expect((await collect(client.chat([{ text: "x" }])))[0]?.text).toBe("x");
  });
});

it("a raw handler that gives no bytes fails its call, not the server", async () => {
  const { server, target } = await serve(undefined);
  server.addRawService(TestService, { unary: () => ({ text: "no bytes" }) as never });
  const { client } = connect(target);
  await expect(client.unary({})).rejects.toMatchObject({ code: Code.UNKNOWN });
});

describe("the handler of unknown methods", () => {
  it("gets whatever no service has, knows its name and format, and answers as it likes", async () => {
    const calls: string[] = [];
    const { target } = await serve(
      { unary: () => ({ text: "known" }) },
      {
        async *unknownMethod(requests: AsyncIterable<Uint8Array>, call: ServerCall) {
          calls.push(`${call.method.parent.typeName} ${call.method.name} ${call.format}`);
          call.responseTrailers.set("x-seen", call.metadata.get("x-sent") ?? "");
          if (call.method.name === "Upload") throw new RpcError(Code.ABORTED, "no uploads");
          yield* requests;
        },
      },
    );
    const { channel, client } = connect(target);
    expect((await client.unary({})).text).toBe("known");
    let trailers = "";
    const options = {
      metadata: { "x-sent": "yes" },
      onTrailer: (metadata: { get(name: string): unknown }) => {
        trailers = String(metadata.get("x-seen"));
      },
    };
    expect((await collect(client.chat([{ text: "x" }], options)))[0]?.text).toBe("x");
    expect(trailers).toBe("yes");
    await expect(client.upload([])).rejects.toMatchObject({
      code: Code.ABORTED,
      message: "no uploads",
    });
    const other = openRaw(channel, "/any.Thing/Goes", { format: "x-own" });
    void other.send(Uint8Array.of(1, 2));
    other.closeSend();
    expect(await collect(other.messages)).toEqual([Uint8Array.of(1, 2)]);
    expect(calls).toEqual([
      "trunkline.test.v1.TestService Chat proto",
      "trunkline.test.v1.TestService Upload proto",
      "any.Thing Goes x-own",
    ]);
  });

  it("takes calls of all formats, and the answer names the one of the request", async () => {
    const { target } = await serve(undefined, { unknownMethod: (requests) => requests });
    const { client } = connect(target, { format: jsonFormat() });
    expect((await collect(client.chat([{ text: "x" }])))[0]).toMatchObject({ text: "x" });
  });

  it("does not get paths that are no method's", async () => {
    const { target } = await serve(undefined, { unknownMethod: (requests) => requests });
    const { client } = connect(target);
    expect(ChatRequestSchema.typeName).toBe("trunkline.test.v1.ChatRequest");
    await expect(client.unary({ text: "echoed" })).resolves.toMatchObject({ text: "echoed" });
    expect(() => createServer({ formats: [{ ...jsonFormat(), name: "A B" }] })).toThrow(UsageError);
  });
});
