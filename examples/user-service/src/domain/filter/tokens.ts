// Cuts the text of a filter into tokens.
import type { Operator } from "./expression.js";
import { FilterError } from "./filter-error.js";

/** A token and where it begins, in characters from 0. */
export interface Token {
  readonly kind: "word" | "text" | "operator" | "(" | ")" | "end";
  /** The word, the text without its quotation marks, or the sign itself. */
  readonly value: string;
  readonly offset: number;
}

const space = /[ \t\r\n]+/y;
const word = /[\p{L}\p{N}_.-]+/uy;
const operator = /!=|<=|>=|=|<|>|:/y;
const quoted = /"((?:[^"\\]|\\["\\])*)"/y;

/**
 * Cuts `source` into tokens, the last of which is `end`.
 * @throws FilterError at the first character that belongs to no token.
 */
export function cutTokens(source: string): Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  for (;;) {
    offset += matchAt(space, source, offset)?.[0].length ?? 0;
    if (offset >= source.length) break;
    const [token, length] = readToken(source, offset);
    tokens.push(token);
    offset += length;
  }
  tokens.push({ kind: "end", value: "", offset: source.length });
  return tokens;
}

/** How a token is told in an error. */
export function describeToken(token: Token): string {
  if (token.kind === "end") return "the end of the filter";
  const told = token.value.length > 40 ? `${token.value.slice(0, 40)}...` : token.value;
  return token.kind === "text" ? `"${told}"` : `\`${told}\``;
}

/** Whether the token is this operator. */
export function isOperator(token: Token): token is Token & { readonly value: Operator } {
  return token.kind === "operator";
}

function readToken(source: string, offset: number): [Token, number] {
  const sign = source[offset]!;
  if (sign === "(" || sign === ")") return [{ kind: sign, value: sign, offset }, 1];
  if (sign === '"') return readText(source, offset);
  const found = matchAt(operator, source, offset);
  if (found) return [{ kind: "operator", value: found[0], offset }, found[0].length];
  const letters = matchAt(word, source, offset);
  if (letters) return [{ kind: "word", value: letters[0], offset }, letters[0].length];
  const character = String.fromCodePoint(source.codePointAt(offset)!);
  throw new FilterError(`unexpected ${JSON.stringify(character)}`, offset);
}

function readText(source: string, offset: number): [Token, number] {
  const found = matchAt(quoted, source, offset);
  if (!found) {
    throw new FilterError(
      'the text has no closing quotation mark, or a \\ before neither " nor \\',
      offset,
    );
  }
  const value = found[1]!.replace(/\\(["\\])/g, "$1");
  const zero = found[0].indexOf("\0");
  if (zero >= 0)
    throw new FilterError("no text of a user holds a NUL character, as", offset + zero);
  return [{ kind: "text", value, offset }, found[0].length];
}

function matchAt(pattern: RegExp, source: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(source);
}
