// Parses the filter of ListUsers, a part of AIP-160.
//
//   filter     = operand { "AND" operand } | operand { "OR" operand } ;
//   operand    = [ "NOT" ] ( "(" filter ")" | comparison ) ;
//   comparison = field operator ( word | text ) ;
//
// AND and OR in one expression need parentheses: AIP-160 binds OR tighter, most languages AND, and a
// filter that is understood in another way than it was meant shows the wrong users.
import { toComparison } from "./comparisons.js";
import type { Filter } from "./expression.js";
import { FilterError } from "./filter-error.js";
import { cutTokens, describeToken, isOperator, type Token } from "./tokens.js";

/** The longest filter, in UTF-16 units. */
export const maxFilterLength = 2000;
/** How many comparisons a filter may have, and how deep parentheses and NOT may go. */
export const maxFilterComparisons = 50;
const maxDepth = 20;

/**
 * Parses a filter; undefined for one that is empty and so lets everything pass.
 * @throws FilterError saying what is wrong and at which position.
 */
export function parseFilter(source: string): Filter | undefined {
  if (source.length > maxFilterLength) {
    throw new FilterError(
      `has ${source.length} characters, at most ${maxFilterLength} are allowed: cut`,
      maxFilterLength,
    );
  }
  const parser = new Parser(cutTokens(source));
  return parser.isAtEnd() ? undefined : parser.parseWhole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #comparisons = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  isAtEnd(): boolean {
    return this.#peek().kind === "end";
  }

  parseWhole(): Filter {
    const filter = this.#parseExpression(0);
    if (!this.isAtEnd()) throw this.#expected("AND, OR or the end of the filter");
    return filter;
  }

  #parseExpression(depth: number): Filter {
    const parts = [this.#parseOperand(depth)];
    const joint = this.#peek();
    if (!isJoint(joint)) return parts[0]!;
    while (isJoint(this.#peek())) {
      const next = this.#take();
      if (next.value !== joint.value) {
        throw new FilterError("AND and OR side by side need parentheses", next.offset);
      }
      parts.push(this.#parseOperand(depth));
    }
    return { kind: joint.value === "AND" ? "and" : "or", parts };
  }

  #parseOperand(depth: number): Filter {
    const token = this.#peek();
    if (depth > maxDepth) {
      throw new FilterError(`more than ${maxDepth} levels of parentheses and NOT`, token.offset);
    }
    if (token.kind === "word" && token.value === "NOT") {
      this.#take();
      return { kind: "not", part: this.#parseOperand(depth + 1) };
    }
    return token.kind === "(" ? this.#parseGroup(depth) : this.#parseComparison();
  }

  #parseGroup(depth: number): Filter {
    this.#take();
    const inner = this.#parseExpression(depth + 1);
    if (this.#peek().kind !== ")") throw this.#expected("AND, OR or `)`");
    this.#take();
    return inner;
  }

  #parseComparison(): Filter {
    const name = this.#peek();
    if (name.kind !== "word" || isJoint(name)) throw this.#expected("a field");
    this.#comparisons += 1;
    if (this.#comparisons > maxFilterComparisons) {
      throw new FilterError(`more than ${maxFilterComparisons} comparisons`, name.offset);
    }
    this.#take();
    if (!isOperator(this.#peek())) throw this.#expected(`an operator behind \`${name.value}\``);
    const operator = this.#take();
    const value = this.#peek();
    if (value.kind !== "word" && value.kind !== "text") throw this.#expected("a value");
    return toComparison(name, operator, this.#take());
  }

  #expected(what: string): FilterError {
    const token = this.#peek();
    return new FilterError(`expected ${what}, found ${describeToken(token)},`, token.offset);
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== "end") this.#at += 1;
    return token;
  }
}

function isJoint(token: Token): boolean {
  return token.kind === "word" && (token.value === "AND" || token.value === "OR");
}
