// Tests of the filter grammar: what is understood, and which position an error names.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FilterError } from "./filter-error.js";
import { maxFilterComparisons, maxFilterLength, parseFilter } from "./parse-filter.js";

const age = (operator: string, value: number): object => ({
  kind: "number",
  field: "age",
  operator,
  value,
});
const text = (field: string, operator: string, value: string): object => ({
  kind: "text",
  field,
  operator,
  value,
});

describe("parseFilter understands", () => {
  it.each([
    ["", undefined],
    ["  \n\t ", undefined],
    ["age = 21", age("=", 21)],
    ["age>=21", age(">=", 21)],
    ["age < -5", age("<", -5)],
    ['name = "Ada"', text("name", "=", "Ada")],
    ["name = Ada", text("name", "=", "Ada")],
    ["name = Zoë", text("name", "=", "Zoë")],
    ['name = "a \\"b\\" \\\\ c"', text("name", "=", 'a "b" \\ c')],
    ['name : "da"', text("name", ":", "da")],
    ['name = ""', text("name", "=", "")],
    ['email != "a@b.c"', text("email", "!=", "a@b.c")],
    ['profile.bio:"x"', text("profile.bio", ":", "x")],
    ["status = ACTIVE", { kind: "number", field: "status", operator: "=", value: 1 }],
    [
      'status != "USER_STATUS_SUSPENDED"',
      { kind: "number", field: "status", operator: "!=", value: 3 },
    ],
    ["roles:admin", { kind: "role", value: "admin" }],
    ["metadata:team", { kind: "metadataKey", value: "team" }],
    ['metadata.a.b = "x"', { kind: "metadata", key: "a.b", operator: "=", value: "x" }],
    [
      'created_at > "2026-01-31T12:00:00.5+01:00"',
      {
        kind: "time",
        field: "created_at",
        operator: ">",
        value: new Date("2026-01-31T11:00:00.5Z"),
      },
    ],
    ["NOT age = 1", { kind: "not", part: age("=", 1) }],
    ["NOT NOT age = 1", { kind: "not", part: { kind: "not", part: age("=", 1) } }],
    ["((age = 1))", age("=", 1)],
    [
      "age = 1 AND age = 2 AND age = 3",
      { kind: "and", parts: [age("=", 1), age("=", 2), age("=", 3)] },
    ],
    ["age = 1 OR age = 2", { kind: "or", parts: [age("=", 1), age("=", 2)] }],
    [
      "age = 1 AND (age = 2 OR NOT (age = 3))",
      {
        kind: "and",
        parts: [
          age("=", 1),
          { kind: "or", parts: [age("=", 2), { kind: "not", part: age("=", 3) }] },
        ],
      },
    ],
    [
      'name = "x\' OR 1=1; DROP TABLE users; --"',
      text("name", "=", "x' OR 1=1; DROP TABLE users; --"),
    ],
  ])("%s", (source, expected) => {
    expect(parseFilter(source)).toEqual(expected);
  });
});

describe("parseFilter refuses", () => {
  it.each([
    ["age", "expected an operator behind `age`, found the end of the filter, at position 4"],
    ["age =", "expected a value, found the end of the filter, at position 6"],
    ["= 3", "expected a field, found `=`, at position 1"],
    ["age = 3 age = 4", "expected AND, OR or the end of the filter, found `age`, at position 9"],
    [
      "age = 3 and age = 4",
      "expected AND, OR or the end of the filter, found `and`, at position 9",
    ],
    ["age = 3 AND", "expected a field, found the end of the filter, at position 12"],
    ["AND age = 3", "expected a field, found `AND`, at position 1"],
    ["(age = 3", "expected AND, OR or `)`, found the end of the filter, at position 9"],
    ["age = 3)", "expected AND, OR or the end of the filter, found `)`, at position 8"],
    ["age = 1 AND age = 2 OR age = 3", "AND and OR side by side need parentheses at position 21"],
    ["age ~ 3", 'unexpected "~" at position 5'],
    ["age == 3", "expected a value, found `=`, at position 6"],
    ["name = 😀", 'unexpected "😀" at position 8'],
    [
      'name = "abc',
      'the text has no closing quotation mark, or a \\ before neither " nor \\ at position 8',
    ],
    [
      'name = "a\\n"',
      'the text has no closing quotation mark, or a \\ before neither " nor \\ at position 8',
    ],
    ['name = "a\0"', "no text of a user holds a NUL character, as at position 10"],
    ["height = 3", "`height` is not a field that can be compared at position 1"],
    ["metadata.Team = 3", "`metadata.Team` is not a field that can be compared at position 1"],
    ["constructor = 3", "`constructor` is not a field that can be compared at position 1"],
    ["age : 3", "`age` cannot be compared with `:`, only with = != < <= > >=, at position 5"],
    ["roles = admin", "`roles` cannot be compared with `=`, only with :, at position 7"],
    ["age = old", "expected a whole number of at most 9 digits, found `old`, at position 7"],
    ["age = 2.5", "expected a whole number of at most 9 digits, found `2.5`, at position 7"],
    ["status = GONE", "expected one of ACTIVE, INVITED, SUSPENDED, found `GONE`, at position 10"],
    [
      "status = UNSPECIFIED",
      "expected one of ACTIVE, INVITED, SUSPENDED, found `UNSPECIFIED`, at position 10",
    ],
    [
      'created_at = "2026-02-31T00:00:00Z"',
      'expected an RFC 3339 time such as "2026-01-31T12:00:00Z", found "2026-02-31T00:00:00Z", at position 14',
    ],
  ])("%s", (source, message) => {
    expect(() => parseFilter(source)).toThrow(FilterError);
    expect(() => parseFilter(source)).toThrow(message);
  });

  it("too much", () => {
    const many = Array.from({ length: maxFilterComparisons + 1 }, () => "age = 1").join(" AND ");
    expect(() => parseFilter(many)).toThrow("more than 50 comparisons at position");
    expect(() => parseFilter(`${"(".repeat(100)}age = 1`)).toThrow("more than 20 levels");
    expect(() => parseFilter(`${"NOT ".repeat(100)}age = 1`)).toThrow("more than 20 levels");
    expect(() => parseFilter("x".repeat(maxFilterLength + 1))).toThrow("has 2001 characters");
  });
});

it("any text either parses or fails with a FilterError", () => {
  const piece = fc.constantFrom(
    "age",
    "=",
    ">=",
    "(",
    ")",
    "AND",
    "OR",
    "NOT",
    '"x"',
    "3",
    ":",
    "\\",
  );
  const source = fc.oneof(
    fc.string(),
    fc.array(piece).map((it) => it.join(" ")),
  );
  fc.assert(
    fc.property(source, (it) => {
      try {
        parseFilter(it);
      } catch (error) {
        expect(error).toBeInstanceOf(FilterError);
      }
    }),
  );
});

describe("the times of a filter", () => {
  it.each([
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "0000-12-31T23:30:00-01:00",
    "2024-02-29t23:59:59z",
    "2026-01-31T00:00:00.5+23:59",
  ])("may be %s", (time) => {
    expect(parseFilter(`created_at > "${time}"`)).toMatchObject({ kind: "time" });
  });

  it.each([
    "0000-01-01T00:00:00Z",
    "0000-12-31T23:59:59Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
  ])("may not be %s, which no database holds", (time) => {
    expect(() => parseFilter(`created_at > "${time}"`)).toThrow(
      `expected a time of the years 1 to 9999 in UTC, found "${time}", at position 14`,
    );
  });

  it.each([
    "2026-01-31T24:00:00Z",
    "2026-01-31T12:60:00Z",
    "2026-01-31T12:00:60Z",
    "2026-01-31T12:00:00+24:00",
    "2026-01-31T12:00:00+01:60",
    "2025-02-29T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
  ])("may not be %s, which RFC 3339 does not know", (time) => {
    expect(() => parseFilter(`created_at > "${time}"`)).toThrow(
      `expected an RFC 3339 time such as "2026-01-31T12:00:00Z", found "${time}", at position 14`,
    );
  });
});
