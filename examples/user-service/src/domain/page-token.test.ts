// Tests of page tokens: they come back whole, and nothing else is accepted.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPageTokens } from "./page-token.js";

const secret = new Uint8Array(32).fill(7);
const tokens = createPageTokens(secret);
const query = { filter: "age > 3", orderBy: "name" };
const position = ["Ada", 42, "id-1"];

describe("page tokens", () => {
  it("bring the position back, on every server with the same secret", () => {
    const token = tokens.seal(query, position);
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(createPageTokens(secret).open(query, token)).toEqual({ position });
  });

  it("hide the position", () => {
    const token = tokens.seal(query, position);
    expect(Buffer.from(token, "base64url").toString("latin1")).not.toContain("Ada");
  });

  it("take white space around filter and order for nothing", () => {
    const token = tokens.seal({ filter: " age > 3 ", orderBy: "name " }, position);
    expect(tokens.open(query, token)).toEqual({ position });
  });

  it.each([
    { filter: "age > 4", orderBy: "name" },
    { filter: "age > 3", orderBy: "age" },
    { filter: "age > 3name", orderBy: "" },
  ])("are refused for %o", (other) => {
    const opened = tokens.open(other, tokens.seal(query, position));
    expect(opened).toEqual({ problem: "belongs to another filter or order_by" });
  });

  it.each(["", "x", "AAAA", "?".repeat(50), "A".repeat(60), "A".repeat(100_000)])(
    "are refused when they are %s",
    (token) => {
      expect(tokens.open(query, token)).toEqual({ problem: "is not a token of this service" });
    },
  );

  it("are refused with another secret", () => {
    const other = createPageTokens(new Uint8Array(32).fill(8));
    expect(other.open(query, tokens.seal(query, position))).toHaveProperty("problem");
  });

  it("are refused when a single character is changed, added or missing", () => {
    const token = tokens.seal(query, position);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(..."AZaz09-_=+/ "), (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        fc.pre(changed !== token);
        expect(tokens.open(query, changed)).toHaveProperty("problem");
        expect(tokens.open(query, token.slice(0, at))).toHaveProperty("problem");
        expect(tokens.open(query, token + character)).toHaveProperty("problem");
      }),
    );
  });
});
