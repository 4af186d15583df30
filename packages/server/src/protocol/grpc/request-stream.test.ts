// Requests from the wire to the handler: what flow control gets back, and when.
import { create, toBinary } from "@bufbuild/protobuf";
import { type StringValue, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { codecFor } from "@trunkline/codec";
import { Code, RpcError } from "@trunkline/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestStream, type RequestStreamOwner } from "./request-stream.js";

class Owner implements RequestStreamOwner {
  readonly record = undefined;
  readonly entry = {
    requestCodec: codecFor(StringValueSchema),
    method: { input: StringValueSchema },
  } as never;
  readonly maxReceiveBytes: number = 100_000;
  returned = 0;
  failure: RpcError | undefined = undefined;

  createInflater(): undefined {}

  requestDecoded(): void {}

  fail(reason: unknown): void {
    this.failure = reason as RpcError;
  }

  giveBack(byteCount: number): void {
    this.returned += byteCount;
  }
}

/** One request of `length` characters in its envelope. */
function frame(length: number): Buffer {
  const body = toBinary(
    StringValueSchema,
    create(StringValueSchema, { value: "x".repeat(length) }),
  );
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

test("bytes are given back when the handler has taken their message", async () => {
  const owner = new Owner();
  const stream = new RequestStream(owner);
  const bytes = frame(10);
  stream.receive(bytes);
  stream.receive(bytes);
  expect(owner.returned).toBe(0);
  await stream.queue.next();
  expect(owner.returned).toBe(bytes.length);
  await stream.queue.next();
  expect(owner.returned).toBe(2 * bytes.length);
});

test("a message larger than the window is not held up", () => {
  const owner = new Owner();
  const stream = new RequestStream(owner);
  const bytes = frame(50_000);
  stream.receive(bytes.subarray(0, 30_000));
  expect(owner.returned).toBe(30_000);
});

test("behind a waiting message even the beginning of the next one is held", async () => {
  const owner = new Owner();
  const stream = new RequestStream(owner);
  const bytes = frame(10);
  stream.receive(Buffer.concat([bytes, bytes.subarray(0, 7)]));
  expect(owner.returned).toBe(0);
  await stream.queue.next();
  expect(owner.returned).toBe(bytes.length + 7);
});

test("after an early exit everything is dropped and given back", async () => {
  const owner = new Owner();
  const stream = new RequestStream(owner);
  const bytes = frame(10);
  stream.receive(Buffer.concat([bytes, bytes]));
  await stream.queue.return();
  expect(owner.returned).toBe(2 * bytes.length);
  stream.receive(bytes);
  expect(owner.returned).toBe(3 * bytes.length);
  expect(await stream.queue.next()).toEqual({ done: true, value: undefined });
});

test("a bad message fails the call, and nothing after it is read", () => {
  const owner = new Owner();
  const stream = new RequestStream(owner);
  stream.receive(Uint8Array.of(0, 0, 0, 0, 1, 0xff, 0, 0, 0, 0, 0));
  expect(owner.failure).toMatchObject({ code: Code.INTERNAL });
  expect(stream.queue.size).toBe(0);
});

test("a stream that ends inside a message fails the call", () => {
  const owner = new Owner();
  const stream = new RequestStream(owner);
  stream.receive(frame(10).subarray(0, 8));
  stream.end();
  expect(owner.failure).toMatchObject({ code: Code.INTERNAL });
});

test("the end of the call is thrown from the requests, once they are not complete", async () => {
  const owner = new Owner();
  const open = new RequestStream(owner);
  open.close(undefined);
  await expect(open.queue.next()).rejects.toMatchObject({ code: Code.CANCELLED });
  const complete = new RequestStream(owner);
  complete.end();
  complete.close(new RpcError(Code.DEADLINE_EXCEEDED, "late"));
  expect(await complete.queue.next()).toEqual({ done: true, value: undefined });
});

test("few messages are decoded ahead of the handler, and none is lost", async () => {
  const owner = new Owner();
  const stream = new RequestStream(owner);
  const bytes = frame(0);
  for (let i = 0; i < 2000; i++) stream.receive(bytes);
  stream.end();
  expect(stream.queue.size).toBe(256);
  let count = 0;
  for await (const _ of stream.queue) count++;
  expect(count).toBe(2000);
  expect(owner.returned).toBe(2000 * bytes.length);
});

test("any chunks in any order of reading: every message once, every byte back once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(300), { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }),
      async (lengths, sizes, reads) => {
        const owner = new Owner();
        const stream = new RequestStream(owner);
        const all = Buffer.concat(lengths.map(frame));
        const got: number[] = [];
        let at = 0;
        for (let i = 0; at < all.length; i++) {
          const chunk = all.subarray(at, at + sizes[i % sizes.length]!);
          at += chunk.length;
          stream.receive(chunk);
          expect(owner.returned).toBeLessThanOrEqual(at);
          if (!reads[i % reads.length] || stream.queue.size === 0) continue;
          const { value } = await stream.queue.next();
          got.push((value as unknown as StringValue).value.length);
        }
        stream.end();
        for await (const message of stream.queue) {
          got.push((message as unknown as StringValue).value.length);
        }
        expect(got).toEqual(lengths);
        expect(owner.returned).toBe(all.length);
        expect(owner.failure).toBeUndefined();
      },
    ),
  );
});
