// Reads every source file of the workspace once, as text and as a syntax tree.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The root of the workspace. */
export const home: string = fileURLToPath(new URL("../../", import.meta.url));

const SKIPPED = new Set(["node_modules", "dist", "coverage", "gen", "data", ".cache"]);
const rooms = ["packages", "examples", "harness"];

/** One file of ours, by its path from the root. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** One import or re-export, static, dynamic or of a type alone. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return /\.(ts|js|mjs|tsx)$/.test(entry.name) && !entry.name.endsWith(".d.ts") ? [path] : [];
  });
}

function read(path: string): SourceFile {
  const text = readFileSync(path, "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return { path: relative(home, path).split(sep).join("/"), text, tree };
}

/** All files that we wrote ourselves in packages, examples and harness: no generated and no built ones. */
export const sourceFiles: readonly SourceFile[] = rooms
  .map((room) => join(home, room))
  .filter((folder) => existsSync(folder))
  .flatMap(walk)
  .map(read);

/** Whether the file is a test or a tool that only tests use. */
export function isTest(path: string): boolean {
  return /\.test\.ts$/.test(path) || /^(packages|examples)\/[^/]+\/test\//.test(path);
}

/** Calls `visit` on each node of a tree, parents first. */
export function eachNode(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => eachNode(child, visit));
}

/** The 1-based line that a node starts on. */
export function lineOf(file: SourceFile, node: ts.Node): number {
  return file.tree.getLineAndCharacterOfPosition(node.getStart(file.tree)).line + 1;
}

function specifierOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isCallExpression(node) && /^(import|require)$/.test(node.expression.getText())) {
    return node.arguments[0];
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return node.argument.literal as ts.Expression;
  }
  return undefined;
}

/** What a file imports, types included. */
export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  eachNode(file.tree, (node) => {
    const specifier = specifierOf(node);
    if (specifier && ts.isStringLiteralLike(specifier)) {
      found.push({ specifier: specifier.text, line: lineOf(file, node) });
    }
  });
  return found;
}

/** Where a relative import leads, as a path from the root, with the extension it has on disk. */
export function resolveRelative(file: SourceFile, specifier: string): string {
  const path = join(dirname(file.path), specifier).split(sep).join("/");
  return path.replace(/\.js$/, existsSync(join(home, path)) ? ".js" : ".ts");
}
