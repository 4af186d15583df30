// Bytes as messages, and descriptors of methods that are known by their paths alone.
import { describe, expect, it } from "vitest";
import { UsageError } from "../status/usage-error.js";
import { checkRawMessage, createGenericMethod, rawCodec } from "./raw-bytes.js";

describe("rawCodec", () => {
  it("writes into the room it is given, or says how much it needs", () => {
    const target = new Uint8Array(8);
    const bytes = Uint8Array.of(1, 2, 3);
    expect(rawCodec.encodeInto!(bytes, target, 2, 8)).toBe(5);
    expect([...target]).toEqual([0, 0, 1, 2, 3, 0, 0, 0]);
    expect(rawCodec.encodeInto!(bytes, target, 6, 8)).toBe(-9);
    expect(rawCodec.encodeInto!(bytes, target, 2, 4)).toBe(-5);
  });

  it("copies what is on loan, and keeps a view of what is owned", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const copy = rawCodec.decode(bytes, 1, 3) as Uint8Array;
    const view = rawCodec.decode(bytes, 1, 3, true) as Uint8Array;
    bytes[1] = 9;
    expect([...copy]).toEqual([2, 3]);
    expect([...view]).toEqual([9, 3]);
  });
});

describe("checkRawMessage", () => {
  it("takes nothing but bytes", () => {
    const bytes = new Uint8Array(1);
    expect(checkRawMessage("/a.B/C", bytes)).toBe(bytes);
    expect(() => checkRawMessage("/a.B/C", { id: 1 })).toThrow(UsageError);
    expect(() => checkRawMessage("/a.B/C", null)).toThrow("a Uint8Array, not null");
  });
});

describe("createGenericMethod", () => {
  it("has the names of the path, and the kind that is asked for", () => {
    const method = createGenericMethod("/a.b.Service/GetThing");
    expect(method.name).toBe("GetThing");
    expect(method.localName).toBe("getThing");
    expect(method.parent.typeName).toBe("a.b.Service");
    expect(method.parent.name).toBe("Service");
    expect(method.parent.methods).toEqual([method]);
    expect(method.methodKind).toBe("bidi_streaming");
    expect(method.proto.clientStreaming && method.proto.serverStreaming).toBe(true);
    expect(String(method)).toBe("rpc a.b.Service.GetThing");
    expect(createGenericMethod("/Service/A", "unary").methodKind).toBe("unary");
  });

  it.each([
    "",
    "/",
    "a.B/C",
    "/a.B",
    "/a.B/",
    "//C",
    "/a/b/c",
    "/a b/c",
    "/ä/c",
    "/a\r\nx: y/c",
    5,
  ])("refuses %j", (path) => {
    expect(() => createGenericMethod(path as string)).toThrow(UsageError);
  });
});
