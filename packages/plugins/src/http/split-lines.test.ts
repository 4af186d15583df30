// Lines out of pieces that are cut anywhere.
import fc from "fast-check";
import { expect, it } from "vitest";
import { HttpFailure, parseJson } from "./http-port.js";
import { splitLines } from "./split-lines.js";

async function* cut(text: string, sizes: readonly number[]): AsyncIterable<Uint8Array> {
  let bytes = new TextEncoder().encode(text);
  for (const size of sizes) {
    yield bytes.subarray(0, size);
    bytes = bytes.subarray(size);
  }
  yield bytes;
}

async function linesOf(text: string, sizes: readonly number[] = []): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(cut(text, sizes))) lines.push(line);
  return lines;
}

it("comes out the same wherever it is cut, within characters as well", async () => {
  const line = fc
    .string({ unit: "grapheme", minLength: 1 })
    .filter((text) => text.trim() !== "" && !text.includes("\n"));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(7)), async (lines, sizes) => {
      expect(await linesOf(lines.map((text) => `${text}\n`).join(""), sizes)).toEqual(lines);
    }),
  );
});

it("empty lines are none", async () => {
  expect(await linesOf("\n\na\n \n")).toEqual(["a"]);
});

it("a last line without an end is an error", async () => {
  await expect(linesOf("a\nb")).rejects.toThrow("broke off in the middle of a line");
});

it.each([
  [500, "  rpc error:\n no leader ", "HTTP status 500: rpc error: no leader"],
  [503, "", "HTTP status 503"],
])("status %d with %j", (status, text, message) => {
  expect(new HttpFailure(status, text).message).toBe(message);
});

it("what is not JSON is shown", () => {
  expect(parseJson("[1]", "the list")).toEqual([1]);
  expect(() => parseJson(`<html>${"x".repeat(100)}`, "the list")).toThrow(
    /^the list is not JSON: "<html>x{34}\.\.\."$/,
  );
});
