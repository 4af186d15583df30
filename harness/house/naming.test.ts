// Names of files, the sentence on line 1 of each, and the few constructs we do without.
import { basename } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { eachNode, lineOf, sourceFiles } from "./source-tree.js";

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.e2e|\.foreign)?(\.test)?\.(ts|js|mjs|tsx)$/;
const SAYS_NOTHING =
  /^(utils?|helpers?|common|misc|types?|impl|manager|shared|base)(\.|$)|-(utils?|helpers?|impl|manager)\./;

describe("names", () => {
  it("of files are kebab-case and say what is inside", () => {
    const bad = sourceFiles.filter((file) => {
      const parts = file.path.split("/");
      return !NAME.test(basename(file.path)) || parts.some((part) => SAYS_NOTHING.test(part));
    });
    expect(bad.map((file) => file.path)).toEqual([]);
  });

  it("line 1 of each file is a comment that says what the file is for", () => {
    const bad = sourceFiles.filter((file) => {
      const [first = "", second = ""] = file.text.split("\n");
      const line = first.startsWith("#!") ? second : first;
      return !/^(\/\/ |\/\*\* ?)\S.{11,}/.test(line) || /biome-ignore|ts-nocheck|eslint/.test(line);
    });
    expect(bad.map((file) => file.path)).toEqual([]);
  });

  it("there is no default export, enum or namespace", () => {
    const faults: string[] = [];
    for (const file of sourceFiles) {
      eachNode(file.tree, (node) => {
        const isDefault = ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword;
        const isBanned = ts.isEnumDeclaration(node) || ts.isModuleDeclaration(node);
        const isClause = ts.isDefaultClause(node.parent ?? node);
        if ((isDefault && !isClause) || isBanned) faults.push(`${file.path}:${lineOf(file, node)}`);
      });
    }
    expect(faults).toEqual([]);
  });
});
