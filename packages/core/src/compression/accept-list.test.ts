// What peers may write into grpc-accept-encoding, and what we do.
import { expect, test } from "vitest";
import { formatAcceptEncoding, parseAcceptEncoding } from "./accept-list.js";

test.each<[string, string[]]>([
  ["gzip", ["gzip"]],
  ["identity,deflate,gzip", ["identity", "deflate", "gzip"]],
  [" GZIP ,\tbr", ["gzip", "br"]],
  ["gzip,,gzip,", ["gzip"]],
  ["", []],
])("%j names %j", (text, names) => {
  expect([...parseAcceptEncoding(text)]).toEqual(names);
});

test("a list without end is not read to its end", () => {
  const text = Array.from({ length: 10_000 }, (_, i) => `x${i}`).join(",");
  expect(parseAcceptEncoding(text).size).toBe(32);
});

test("identity is always offered, last", () => {
  expect(formatAcceptEncoding(["gzip", "br"])).toBe("gzip,br,identity");
  expect(formatAcceptEncoding([])).toBe("identity");
});
