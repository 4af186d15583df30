// Metadata: names, values, order, and what is refused.
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { UsageError } from "../status/usage-error.js";
import { Metadata, type MetadataInit, type MetadataValue } from "./metadata.js";

const bytes = new Uint8Array([1, 2, 3]);

describe("Metadata", () => {
  it("keeps order and duplicates, and names in lower case", () => {
    const metadata = new Metadata().append("B", "1").append("a", "2").append("b", "3");
    expect([...metadata]).toEqual([
      ["b", "1"],
      ["a", "2"],
      ["b", "3"],
    ]);
    expect(metadata.get("B")).toBe("1");
    expect(metadata.getAll("b")).toEqual(["1", "3"]);
    expect(metadata.size).toBe(3);
    expect(metadata.has("A")).toBe(true);
    expect(metadata.has("c")).toBe(false);
  });

  it("is empty without anything", () => {
    const metadata = new Metadata();
    expect(metadata.size).toBe(0);
    expect([...metadata]).toEqual([]);
    expect(metadata.get("a")).toBeUndefined();
    expect(metadata.getAll("a")).toEqual([]);
    expect(metadata.has("a")).toBe(false);
    expect(metadata.delete("a")).toBe(false);
    expect(metadata.clone().size).toBe(0);
  });

  it.each<[string, MetadataInit]>([
    ["an object", { a: ["1", "2"], "b-bin": bytes }],
    [
      "pairs",
      [
        ["a", "1"],
        ["A", "2"],
        ["b-bin", bytes],
      ] as [string, MetadataValue][],
    ],
    [
      "a map",
      new Map<string, MetadataValue>([
        ["a", "1"],
        ["b-bin", bytes],
      ]),
    ],
    ["metadata", new Metadata({ a: "1", "b-bin": bytes })],
  ])("is made of %s", (_what, init) => {
    const metadata = new Metadata(init);
    expect(metadata.get("a")).toBe("1");
    expect(metadata.get("b-bin")).toBe(bytes);
  });

  it("set replaces all values, delete removes them", () => {
    const metadata = new Metadata({ a: ["1", "2"], b: "3" });
    metadata.set("A", "4");
    expect([...metadata]).toEqual([
      ["b", "3"],
      ["a", "4"],
    ]);
    expect(metadata.delete("B")).toBe(true);
    expect(metadata.delete("b")).toBe(false);
    expect(metadata.size).toBe(1);
  });

  it("a value that is refused changes nothing", () => {
    const metadata = new Metadata({ a: "1" });
    expect(() => metadata.set("a", "\n")).toThrow(UsageError);
    expect(metadata.get("a")).toBe("1");
  });

  it("clones and merges without sharing", () => {
    const one = new Metadata({ a: "1" });
    const two = one.clone().append("a", "2");
    expect(one.getAll("a")).toEqual(["1"]);
    expect(one.merge(two).getAll("a")).toEqual(["1", "1", "2"]);
    expect(one.merge(one).size).toBe(6);
    expect(new Metadata().merge(two).append("b", "x").size).toBe(3);
    expect(two.size).toBe(2);
    expect(one.merge([["c", "3"]]).get("c")).toBe("3");
  });

  it("names of Object.prototype are names like any other", () => {
    const metadata = new Metadata(JSON.parse('{"__proto__":"1","constructor":"2"}'));
    expect(metadata.get("__proto__")).toBe("1");
    expect(metadata.get("constructor")).toBe("2");
    expect(metadata.get("tostring")).toBeUndefined();
    expect(metadata.has("hasownproperty")).toBe(false);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    ":path",
    ":authority",
    "te",
    "TE",
    "content-type",
    "content-length",
    "user-agent",
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "host",
    "grpc-status",
    "grpc-message",
    "grpc-timeout",
    "grpc-encoding",
    "grpc-accept-encoding",
    "grpc-message-type",
    "Grpc-Anything-New",
  ])("%s is reserved", (name) => {
    const metadata = new Metadata();
    for (const action of [
      () => metadata.set(name, "x"),
      () => metadata.append(name, "x"),
      () => new Metadata({ [name]: "x" }),
      () => metadata.merge([[name, "x"]]),
    ]) {
      expect(action).toThrow(UsageError);
      expect(action).toThrow(`"${name}" is reserved`);
    }
    expect(metadata.size).toBe(0);
  });

  it.each(["grpc-previous-rpc-attempts", "grpc-retry-pushback-ms", "authorization", "cookie", "x"])(
    "%s is not",
    (name) => {
      expect(new Metadata({ [name]: "1" }).get(name)).toBe("1");
    },
  );

  it.each(["grpc-tags-bin", "grpc-trace-bin", "grpc-status-details-bin"])("%s is not", (name) => {
    expect(new Metadata({ [name]: bytes }).get(name)).toBe(bytes);
  });

  it.each(["", "a b", "a:b", "ä", "a\n", "a\u0000", "a/b", "a(b)", "naïve"])(
    "%j is no name",
    (name) => {
      expect(() => new Metadata().set(name, "x")).toThrow(UsageError);
      expect(() => new Metadata().set(name, "x")).toThrow(JSON.stringify(name));
    },
  );

  it.each(["\n", "a\r\nb: c", "\u0000", "é", "\u007f", "\t", "☺"])("%j is no value", (value) => {
    expect(() => new Metadata().append("a", value)).toThrow(UsageError);
  });

  it.each([
    ["", ""],
    ["  x y ", "x y"],
    ["!~", "!~"],
  ])("%j is kept as %j", (value, kept) => {
    expect(new Metadata({ a: value }).get("a")).toBe(kept);
  });

  it.each<[string, unknown]>([
    ["a-bin", "text"],
    ["a", bytes],
    ["a", 5],
    ["a", undefined],
    ["a-bin", [1, 2]],
    ["a-bin", null],
  ])("%s does not take %j", (name, value) => {
    expect(() => new Metadata().append(name as string, value as never)).toThrow(UsageError);
    expect(() => new Metadata().append(name as string, value as never)).toThrow(`"${name}"`);
  });

  it("types its values by the name", () => {
    const metadata = new Metadata();
    expectTypeOf(metadata.get("a")).toEqualTypeOf<string | undefined>();
    expectTypeOf(metadata.get("a-bin")).toEqualTypeOf<Uint8Array | undefined>();
    expectTypeOf(metadata.getAll("A-Bin")).toEqualTypeOf<Uint8Array[]>();
    expectTypeOf(metadata.get("a" as string)).toEqualTypeOf<MetadataValue | undefined>();
  });

  it("prints its entries", () => {
    const metadata = new Metadata({ a: "1", "b-bin": bytes });
    expect(inspect(metadata)).toMatch(/^Metadata .*'a', '1'/s);
    expect(JSON.stringify(metadata)).toBe('[["a","1"],["b-bin",[1,2,3]]]');
  });

  it("behaves like a list of pairs", () => {
    const name = fc.constantFrom("a", "b", "c");
    const step = fc.oneof(
      fc.record({
        act: fc.constant("append"),
        name,
        value: fc.string({ maxLength: 3, unit: fc.constantFrom("x", "y") }),
      }),
      fc.record({ act: fc.constant("set"), name, value: fc.constant("s") }),
      fc.record({ act: fc.constant("delete"), name, value: fc.constant("") }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const metadata = new Metadata();
        let model: [string, string][] = [];
        for (const { act, name: key, value } of steps) {
          if (act === "append") {
            metadata.append(key, value);
          } else if (act === "set") {
            metadata.set(key, value);
          } else {
            metadata.delete(key);
          }
          model = act === "append" ? model : model.filter(([other]) => other !== key);
          model = act === "delete" ? model : [...model, [key, value]];
          expect([...metadata]).toEqual(model);
          expect(metadata.get(key)).toBe(model.find(([other]) => other === key)?.[1]);
        }
      }),
    );
  });
});
