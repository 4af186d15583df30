// Limits on the size of files, functions, parameter lists and folders (CONTRIBUTING.md, "Sizes").
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { codeLines, functionSizes } from "./code-size.js";
import { isTest, sourceFiles } from "./source-tree.js";

const MAX = { fileLines: 400, functionLines: 60, nesting: 4, parameters: 5, folderFiles: 20 };

/** Files that are nothing but a table: length is what they are made of. */
const TABLES = /\/hpack\/(static|huffman)[a-z-]*\.ts$|-table\.ts$/;

/** On the way of each frame nothing is allocated, so what would be an options object is parameters. */
const FRAME_PATH = /^packages\/http2\/src\/(connection|frame)\//;
const MAX_FRAME_PARAMETERS = 7;

const maxParameters = (path: string): number =>
  FRAME_PATH.test(path) ? MAX_FRAME_PARAMETERS : MAX.parameters;

const files = sourceFiles.filter((file) => !TABLES.test(file.path));
const functions = files.flatMap((file) =>
  functionSizes(file).map((size) => ({
    ...size,
    at: `${file.path}:${size.line}: ${size.name}`,
    path: file.path,
  })),
);

describe("sizes", () => {
  it(`no file has more than ${MAX.fileLines} lines of code`, () => {
    const long = files.map((file) => ({ path: file.path, lines: codeLines(file).size }));
    expect(long.filter((file) => file.lines > MAX.fileLines)).toEqual([]);
  });

  // A `describe` callback holds many tests: it is a chapter, not a function.
  it(`no function has more than ${MAX.functionLines} lines of code`, () => {
    const long = functions.filter((size) => size.lines > MAX.functionLines);
    expect(
      long.filter((size) => !isTest(size.path)).map((size) => `${size.at}: ${size.lines}`),
    ).toEqual([]);
  });

  it(`control flow nests at most ${MAX.nesting} deep`, () => {
    const deep = functions.filter((size) => size.nesting > MAX.nesting);
    expect(deep.map((size) => `${size.at}: ${size.nesting}`)).toEqual([]);
  });

  it(`no function has more than ${MAX.parameters} positional parameters`, () => {
    const wide = functions.filter((size) => size.parameters > maxParameters(size.path));
    expect(wide.map((size) => `${size.at}: ${size.parameters}`)).toEqual([]);
  });

  it(`no folder has more than ${MAX.folderFiles} source files`, () => {
    const counts = new Map<string, number>();
    for (const { path } of sourceFiles.filter((file) => !isTest(file.path))) {
      counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > MAX.folderFiles)).toEqual([]);
  });
});
