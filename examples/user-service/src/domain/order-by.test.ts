// Tests of the order of ListUsers.
import { describe, expect, it } from "vitest";
import { parseOrderBy } from "./order-by.js";

describe("parseOrderBy", () => {
  it.each([
    ["", "created_at asc, id asc"],
    ["name", "name asc, id asc"],
    ["name desc", "name desc, id asc"],
    ["  age   desc ,name asc", "age desc, name asc, id asc"],
    ["id desc", "id desc"],
    ["name, id desc", "name asc, id desc"],
  ])("understands %j", (source, expected) => {
    const parsed = parseOrderBy(source);
    const terms = "terms" in parsed ? parsed.terms : [];
    expect(terms.map((it) => `${it.field} ${it.descending ? "desc" : "asc"}`).join(", ")).toBe(
      expected,
    );
  });

  it.each([
    [
      "height",
      '"height" does not begin with one of id, name, email, age, status, created_at, updated_at',
    ],
    ["name,", '"" does not begin with one of id, name, email, age, status, created_at, updated_at'],
    ["createdAt", '"createdAt" does not begin with one of'],
    ["name down", '"name down" is not a field with asc, desc or nothing behind it'],
    ["name desc desc", '"name desc desc" is not a field with asc'],
    ["name, age, name desc", '"name" is named twice'],
    ["id,name,email,age,status,created_at", "has 6 fields; at most 5 are allowed"],
    ["name; drop table users", '"name; drop table users" does not begin with one of'],
  ])("refuses %j", (source, problem) => {
    expect(parseOrderBy(source)).toHaveProperty("problem", expect.stringContaining(problem));
  });
});
