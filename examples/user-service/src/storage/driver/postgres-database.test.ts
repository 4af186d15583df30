// How DATABASE_URL is read: `sslmode` as psql reads it.
import { describe, expect, it } from "vitest";
import { withLibpqModes } from "./postgres-database.js";

describe("withLibpqModes", () => {
  it.each([
    ["postgres://h/d", "postgres://h/d"],
    ["postgres://h/d?application_name=x", "postgres://h/d?application_name=x"],
    ["postgres://h/d?sslmode=require", "postgres://h/d?sslmode=require&uselibpqcompat=true"],
    [
      "postgres://h/d?a=b&sslmode=verify-full",
      "postgres://h/d?a=b&sslmode=verify-full&uselibpqcompat=true",
    ],
    [
      "postgres://h/d?uselibpqcompat=false&sslmode=require",
      "postgres://h/d?uselibpqcompat=false&sslmode=require",
    ],
  ])("%s becomes %s", (given, expected) => {
    expect(withLibpqModes(given)).toBe(expected);
  });
});
