// Patterns that mean the same to RE2, which rules are written for, and to JavaScript, and that cannot make it search for long.
import type { Accept } from "./accept.js";

const escaped = /\\[\\^$.*+?()[\]{}|/tnrdw]|\\p\{Cc\}/.source;
const inClass = /(?:[^\\[\]^&-]|\\-)/u.source;
const classPart = `(?:${inClass}|${escaped})`;
const characterClass = `\\[\\^?(?:${classPart}(?:-${classPart})?)+-?\\]`;
const literal = /[\w @:,;<>="'`~%&#!/-]/.source;
const atom = new RegExp(`(?:${literal}|${escaped}|${characterClass})`, "yu");
const quantifier = /\{(\d{1,3})(?:(,)(\d{1,3})?)?\}|[*+?]/y;

/**
 * The test of a pattern that is anchored at both ends, a row of characters and classes, of which one at most may come a
 * variable number of times: what does not match is known after as many steps as the text is long.
 * @returns undefined for any other pattern.
 */
export function compilePattern(pattern: string): Accept<string> | undefined {
  if (!isSimple(pattern)) return undefined;
  try {
    const expression = new RegExp(pattern, "u");
    return (value) => expression.test(value);
  } catch {
    // Such as ranges that go backwards.
    return undefined;
  }
}

function isSimple(pattern: string): boolean {
  const end = pattern.length - 1;
  if (pattern[0] !== "^" || pattern[end] !== "$") return false;
  let variable = 0;
  for (let at = 1; at < end; ) {
    atom.lastIndex = at;
    if (!atom.test(pattern)) return false;
    at = atom.lastIndex;
    quantifier.lastIndex = at;
    const found = quantifier.exec(pattern);
    if (found === null) continue;
    at = quantifier.lastIndex;
    const isFixed = found[1] !== undefined && found[2] === undefined;
    if (!isFixed) variable++;
  }
  return variable <= 1;
}
