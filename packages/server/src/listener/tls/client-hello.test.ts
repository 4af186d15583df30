// The first message of a TLS client, whole, in pieces, and broken.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readClientHello } from "./client-hello.js";

function vector(lengthSize: number, ...content: (readonly number[] | Buffer)[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part)));
  const length = Buffer.alloc(lengthSize);
  length.writeUIntBE(body.length, 0, lengthSize);
  return Buffer.concat([length, body]);
}

function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, type]), vector(2, content)]);
}

const nameExtension = (name: string): Buffer =>
  extension(0, vector(2, [0], vector(2, Buffer.from(name))));

function hello(...extensions: Buffer[]): Buffer {
  const body = Buffer.concat([
    Buffer.alloc(34, 3),
    vector(1, Buffer.alloc(32)),
    vector(2, [0x13, 0x01]),
    vector(1, [0]),
    ...(extensions.length > 0 ? [vector(2, ...extensions)] : []),
  ]);
  return Buffer.concat([Buffer.from([1]), vector(3, body)]);
}

const record = (message: Buffer): Buffer =>
  Buffer.concat([Buffer.from([22, 3, 1]), vector(2, message)]);

const other = extension(16, vector(2, vector(1, Buffer.from("h2"))));
const good = record(hello(other, nameExtension("users.example")));

describe("a ClientHello", () => {
  it.each<[string, Buffer, string | undefined]>([
    ["with a name", good, "users.example"],
    ["without a name", record(hello(other)), undefined],
    ["without extensions", record(hello()), undefined],
    ["with more behind it", Buffer.concat([good, Buffer.from([20, 3, 3])]), "users.example"],
    [
      "of another kind of name",
      record(hello(extension(0, vector(2, [1], vector(2, []))))),
      undefined,
    ],
    ["that is another message", record(Buffer.from([2, 0, 0, 1, 0])), undefined],
    ["that is HTTP", Buffer.from("PRI * HTTP/2.0"), undefined],
    ["that is an empty record", Buffer.from([22, 3, 1, 0, 0]), undefined],
    ["that is endless", record(Buffer.from([1, 255, 255, 255])), undefined],
    ["with a broken extension", record(hello(Buffer.from([0, 0, 0, 99]))), undefined],
  ])("%s", (_name, bytes, serverName) => {
    expect(readClientHello(bytes)).toEqual({ serverName });
  });

  it("waits until it is complete, octet by octet", () => {
    for (let length = 0; length < good.length; length++) {
      expect(readClientHello(good.subarray(0, length))).toBeUndefined();
    }
  });

  it("may be cut into records anywhere", () => {
    const message = hello(nameExtension("users.example"));
    for (let cut = 1; cut < message.length; cut++) {
      const records = [record(message.subarray(0, cut)), record(message.subarray(cut))];
      expect(readClientHello(Buffer.concat(records))).toEqual({ serverName: "users.example" });
    }
  });

  it("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(good.length), (noise, at) => {
        const broken = Buffer.concat([good.subarray(0, at), noise]);
        const read = readClientHello(broken);
        expect(read === undefined || "serverName" in read).toBe(true);
      }),
    );
  });
});
