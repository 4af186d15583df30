// Which encodings a channel or server knows, accepts and sends with, by what it was told.
import { expect, test } from "vitest";
import { UsageError } from "../status/usage-error.js";
import type { CompressionOptions } from "./compression-options.js";
import { CompressionPlan } from "./compression-plan.js";
import type { MessageEncoding } from "./message-encoding.js";

function encoding(name: string, levels?: [number, number]): MessageEncoding {
  return { name, levels, compress: (bytes) => bytes, decompress: (bytes) => bytes };
}

const gzip = encoding("gzip", [0, 9]);
const zstd = encoding("zstd", [1, 22]);

function plan(options?: CompressionOptions | string): CompressionPlan {
  return new CompressionPlan([gzip, zstd], options);
}

test("without options everything is understood and nothing is preferred", () => {
  const { preferred, acceptField, acceptedNames, offloadBytes } = plan();
  expect(preferred).toBeUndefined();
  expect(acceptField).toBe("gzip,zstd,identity");
  expect(acceptedNames).toEqual(["gzip", "zstd"]);
  expect(offloadBytes).toBe(131_072);
});

test("a name alone is what messages are sent with", () => {
  const named = plan("gzip");
  expect(named.preferred).toBe("gzip");
  expect(named.outgoing("gzip")).toEqual({
    encoding: gzip,
    minBytes: 1024,
    level: undefined,
    offloadBytes: 131_072,
  });
  expect(named.outgoing("gzip")).toBe(named.outgoing("gzip"));
  expect(plan("identity").outgoing("identity")).toBeUndefined();
});

test("the accept list restricts what is understood, not what is sent", () => {
  const restricted = plan({ accept: ["zstd", "identity"], encoding: "gzip" });
  expect(restricted.acceptField).toBe("zstd,identity");
  expect(restricted.accepted("gzip")).toBeUndefined();
  expect(restricted.accepted("zstd")).toBe(zstd);
  expect(restricted.outgoing("gzip")?.encoding).toBe(gzip);
  expect(plan({ accept: [] }).acceptField).toBe("identity");
});

test("encodings of the application's own join the others or take their place", () => {
  const own = encoding("gzip");
  const snappy = encoding("snappy");
  const custom = plan({ encodings: [own, snappy], encoding: "snappy" });
  expect(custom.acceptField).toBe("gzip,zstd,snappy,identity");
  expect(custom.accepted("gzip")).toBe(own);
  expect(custom.outgoing("snappy")?.encoding).toBe(snappy);
});

test("a level is brought into the range of the encoding that is used", () => {
  expect(plan({ level: 15 }).outgoing("gzip")?.level).toBe(9);
  expect(plan({ level: 0 }).outgoing("zstd")?.level).toBe(1);
  expect(plan({ level: 15 }).outgoing("zstd")?.level).toBe(15);
  const custom = plan({ level: 15, encodings: [encoding("x")] });
  expect(custom.outgoing("x")?.level).toBe(15);
});

test("a call's wishes go before the plan's own", () => {
  const settled = plan({ minBytes: 10, level: 3 });
  expect(settled.outgoingFor("gzip")).toMatchObject({ minBytes: 10, level: 3 });
  expect(settled.outgoingFor({ encoding: "gzip", minBytes: 0, level: 20 })).toMatchObject({
    minBytes: 0,
    level: 9,
  });
  expect(settled.outgoingFor({ encoding: "identity" })).toBeUndefined();
  expect(settled.outgoingFor("identity")).toBeUndefined();
});

test.each<[CompressionOptions | string, string]>([
  ["snappy", 'encoding "snappy" is not known; known are identity, gzip, zstd'],
  [{ accept: ["lz4"] }, 'encoding "lz4" is not known'],
  [{ minBytes: -1 }, "option compression.minBytes is -1"],
  [{ minBytes: Number.NaN }, "option compression.minBytes is NaN"],
  [{ offloadBytes: 1.5 }, "option compression.offloadBytes is 1.5"],
  [{ level: -1 }, "option compression.level is -1"],
  [{ level: 2.5 }, "option compression.level is 2.5"],
  [{ encodings: [encoding("identity")] }, '"identity" cannot be the name of an encoding'],
  [{ encodings: [encoding("GZIP")] }, '"GZIP" cannot be the name of an encoding'],
  [{ encodings: [encoding("a,b")] }, '"a,b" cannot be the name of an encoding'],
])("%j is refused: %s", (options, message) => {
  expect(() => plan(options)).toThrow(message);
  expect(() => plan(options)).toThrow(UsageError);
});

test("a call's wishes are checked as well", () => {
  expect(() => plan().outgoingFor("lz4")).toThrow(UsageError);
  expect(() => plan().outgoingFor({ encoding: "gzip", minBytes: -5 })).toThrow("minBytes is -5");
});

test.each([
  [5, "option compression is 5"],
  [null, "option compression is null"],
  [[], "option compression is an array"],
  [{ encoding: 10n }, "encoding 10n is not known"],
  [{ accept: "gzip" }, 'option compression.accept is "gzip"; it must be an array'],
  [{ encodings: gzip }, "option compression.encodings is an object; it must be an array"],
  [{ encodings: [null] }, "option compression.encodings is null without a method compress"],
  [{ encodings: [{ name: "x", compress() {} }] }, "without a method decompress"],
  [{ encodings: [encoding("x", [3, 1])] }, "levels of x must be two numbers"],
  [{ level: "5" }, 'option compression.level is "5"'],
  [{ minBytes: Symbol("x") }, "option compression.minBytes is Symbol(x)"],
])("options of the wrong kind are refused: %o", (options, text) => {
  expect(() => plan(options as never)).toThrow(UsageError);
  expect(() => plan(options as never)).toThrow(text);
});

test("wishes of a call of the wrong kind are refused", () => {
  for (const wish of [null, 5, true]) {
    expect(() => plan().outgoingFor(wish as never)).toThrow(`option compression is ${wish}`);
  }
});
