// Messages as JSON, in a format of an application's own, and in formats that only one side knows.
import { toJson } from "@bufbuild/protobuf";
import { Code, type Interceptor, type MessageFormat } from "@trunkline/client";
import { jsonFormat } from "@trunkline/client/json";
import type { ServerCall } from "@trunkline/server";
import { jsonFormat as serverJsonFormat } from "@trunkline/server/json";
import { afterEach, expect, it } from "vitest";
import { collect, connect, endBoth, serve } from "./both-ends.js";
import { UnaryRequestSchema } from "./gen/trunkline/test/v1/test_service_pb.js";

afterEach(endBoth);

const formats: string[] = [];
const seen = (call: ServerCall): void => {
  formats.push(call.format);
};

const echo = {
  unary: ({ text }: { text: string }, call: ServerCall) => {
    seen(call);
    return { text };
  },
  async *download({ count }: { count: number }) {
    for (let index = 0; index < count; index++) yield { index };
  },
  async upload(requests: AsyncIterable<{ chunk: Uint8Array }>) {
    return { count: (await collect(requests)).length };
  },
  async *chat(requests: AsyncIterable<{ text: string }>) {
    for await (const { text } of requests) yield { text: `${text}!` };
  },
};

const passing: Interceptor = (call, next) => next(call);

it.each([
  ["plain", []],
  ["behind interceptors on both ends", [passing]],
])("JSON serves the four kinds of call, %s", async (_how, interceptors) => {
  const { target } = await serve(echo, { formats: [serverJsonFormat()], interceptors });
  const { client } = connect(target, { format: jsonFormat(), interceptors });
  formats.length = 0;
  expect((await client.unary({ text: "käse" })).text).toBe("käse");
  expect((await collect(client.download({ count: 3 }))).map(({ index }) => index)).toEqual([
    0, 1, 2,
  ]);
  expect((await client.upload([{ chunk: Uint8Array.of(1) }, {}])).count).toBe(2);
  expect((await collect(client.chat([{ text: "a" }]))).map(({ text }) => text)).toEqual(["a!"]);
  expect(formats).toEqual(["json"]);
});

it("one server answers each call in the format that it came in", async () => {
  const { target } = await serve(echo, { formats: [serverJsonFormat()] });
  formats.length = 0;
  await connect(target).client.unary({ text: "a" });
  await connect(target, { format: jsonFormat() }).client.unary({ text: "b" });
  expect(formats).toEqual(["proto", "json"]);
});

it("a format that the server does not know gets UNIMPLEMENTED, with those that it does", async () => {
  const { target } = await serve(echo);
  const { client } = connect(target, { format: jsonFormat() });
  await expect(client.unary({})).rejects.toMatchObject({
    code: Code.UNIMPLEMENTED,
    message: "messages of format json are not understood; use proto",
  });
});

it("what is no JSON of the type fails the call, with the reason", async () => {
  const { target } = await serve(echo, { formats: [serverJsonFormat()] });
  const broken: MessageFormat = {
    ...jsonFormat(),
    codecFor: (schema) => ({
      ...jsonFormat().codecFor(schema),
      encode: () => new TextEncoder().encode('{"text":1}'),
    }),
  };
  const { client } = connect(target, { format: broken });
  await expect(client.unary({})).rejects.toMatchObject({
    code: Code.INTERNAL,
    message: expect.stringContaining("trunkline.test.v1.UnaryRequest"),
  });
});

it("an application brings a format of its own, on both ends", async () => {
  const used = new Set<string>();
  const shouted: MessageFormat = {
    name: "vnd.shouted-json",
    codecFor: (schema) => {
      used.add(schema.typeName);
      return {
        encode: (message) =>
          new TextEncoder().encode(JSON.stringify(toJson(schema, message as never)).toUpperCase()),
        decode: (bytes, start, end) =>
          jsonFormat()
            .codecFor(schema)
            .decode(
              new TextEncoder().encode(
                new TextDecoder().decode(bytes.subarray(start, end)).toLowerCase(),
              ),
            ),
      };
    },
  };
  const { target } = await serve(echo, { formats: [shouted] });
  const { client } = connect(target, { format: shouted });
  expect((await client.unary({ text: "hello" })).text).toBe("hello");
  expect(used.has(UnaryRequestSchema.typeName)).toBe(true);
});
