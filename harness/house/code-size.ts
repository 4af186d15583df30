// Measures files and functions: lines of code, nesting, parameters.
import ts from "typescript";
import { eachNode, lineOf, type SourceFile } from "./source-tree.js";

/** A function, with what the limits are about. */
export interface FunctionSize {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  readonly nesting: number;
  readonly parameters: number;
}

/** The numbers of the lines that hold code: blank lines and comments do not count. */
export function codeLines(file: SourceFile): Set<number> {
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(file.tree);
    if (children.length === 0 && node.getWidth(file.tree) > 0) addLines(file, node, lines);
    for (const child of children) visit(child);
  };
  visit(file.tree);
  return lines;
}

function addLines(file: SourceFile, node: ts.Node, into: Set<number>): void {
  const last = file.tree.getLineAndCharacterOfPosition(node.getEnd()).line + 1;
  for (let line = lineOf(file, node); line <= last; line++) into.add(line);
}

const NESTING_KINDS = new Set([
  ts.SyntaxKind.IfStatement,
  ts.SyntaxKind.ForStatement,
  ts.SyntaxKind.ForInStatement,
  ts.SyntaxKind.ForOfStatement,
  ts.SyntaxKind.WhileStatement,
  ts.SyntaxKind.DoStatement,
  ts.SyntaxKind.SwitchStatement,
  ts.SyntaxKind.TryStatement,
]);

/** `else if` continues a statement: it does not open a level of its own. */
function isElseIf(node: ts.Node): boolean {
  return (
    ts.isIfStatement(node) && ts.isIfStatement(node.parent) && node.parent.elseStatement === node
  );
}

/** How deep control flow nests below a node; a function inside starts again at 0. */
function nestingBelow(node: ts.Node): number {
  let deepest = 0;
  node.forEachChild((child) => {
    if (ts.isFunctionLike(child)) return;
    const own = NESTING_KINDS.has(child.kind) && !isElseIf(child) ? 1 : 0;
    deepest = Math.max(deepest, own + nestingBelow(child));
  });
  return deepest;
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name) return node.name.getText();
  if (ts.isConstructorDeclaration(node)) return "constructor";
  return ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : "(anonymous)";
}

/** Every function of a file that has a body. */
export function functionSizes(file: SourceFile): FunctionSize[] {
  const lines = codeLines(file);
  const sizes: FunctionSize[] = [];
  eachNode(file.tree, (node) => {
    if (!ts.isFunctionLike(node) || !("body" in node) || !node.body) return;
    const first = lineOf(file, node);
    const last = file.tree.getLineAndCharacterOfPosition(node.getEnd()).line + 1;
    sizes.push({
      name: nameOf(node),
      line: first,
      lines: [...lines].filter((line) => line >= first && line <= last).length,
      nesting: nestingBelow(node),
      parameters: node.parameters.length,
    });
  });
  return sizes;
}
