// Every symbol that a package exports is documented, and so are the members of its interfaces and classes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { home, resolveRelative, type SourceFile, sourceFiles } from "./source-tree.js";

const byPath = new Map(sourceFiles.map((file) => [file.path, file]));

/** The source files that the `exports` of a package lead to. */
function entriesOf(packageFolder: string): SourceFile[] {
  const manifest = JSON.parse(readFileSync(join(home, packageFolder, "package.json"), "utf8"));
  const entries = Object.values(manifest.exports as Record<string, Record<string, string>>);
  return entries.flatMap((entry) => {
    const file = byPath.get(join(packageFolder, entry["@trunkline/source"] ?? ""));
    return file ? [file] : [];
  });
}

interface PublicSymbol {
  readonly name: string;
  readonly file: SourceFile;
}

/** Follows `export ... from` to the files where the symbols of an entry are declared. */
function symbolsOf(entry: SourceFile): PublicSymbol[] {
  return entry.tree.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier) return [];
    const specifier = (statement.moduleSpecifier as ts.StringLiteral).text;
    const file = byPath.get(resolveRelative(entry, specifier));
    // Generated code and other packages document themselves.
    if (!file) return [];
    if (!statement.exportClause) return symbolsOf(file);
    if (!ts.isNamedExports(statement.exportClause)) return [];
    return statement.exportClause.elements.map(({ name, propertyName }) => ({
      name: (propertyName ?? name).text,
      file,
    }));
  });
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.some(({ name: it }) => it.getText() === name);
  }
  const declared = (statement as unknown as ts.NamedDeclaration).name;
  return declared !== undefined && ts.isIdentifier(declared) && declared.text === name;
}

const hasDoc = (node: ts.Node): boolean => ts.getJSDocCommentsAndTags(node).length > 0;

/** Members that users see: neither private nor marked `#`, nor the later overloads of a documented one. */
function openMembers(statement: ts.Statement): (ts.ClassElement | ts.TypeElement)[] {
  if (!ts.isInterfaceDeclaration(statement) && !ts.isClassDeclaration(statement)) return [];
  const members: readonly (ts.ClassElement | ts.TypeElement)[] = statement.members;
  return members.filter((member) => {
    const flags = ts.getCombinedModifierFlags(member as ts.Declaration);
    const hidden = flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Override);
    if (hidden || !member.name || ts.isPrivateIdentifier(member.name)) return false;
    return !ts.isComputedPropertyName(member.name);
  });
}

function faultsOf({ name, file }: PublicSymbol): string[] {
  const statements = file.tree.statements.filter((statement) => declares(statement, name));
  const documented = new Set<string>();
  if (!statements.some(hasDoc)) return [`${file.path}: ${name}`];
  const members = statements.flatMap(openMembers);
  for (const member of members) if (hasDoc(member)) documented.add(member.name?.getText() ?? "");
  const bare = new Set(members.map((member) => member.name?.getText() ?? ""));
  return [...bare].filter((it) => !documented.has(it)).map((it) => `${file.path}: ${name}.${it}`);
}

describe("public symbols", () => {
  it.each(["http2", "codec", "core", "schema", "client", "server", "plugins"])(
    "of %s are documented",
    (name) => {
      const symbols = entriesOf(`packages/${name}`).flatMap(symbolsOf);
      expect(symbols.flatMap(faultsOf)).toEqual([]);
    },
  );
});
