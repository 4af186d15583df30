// Names in certificates: nobody gets a name that is a part of another one.
import { describe, expect, it } from "vitest";
import { formatSubject, namesOfKind, parseAltNames, toSpiffeId } from "./certificate-names.js";

describe("alternative names", () => {
  it.each([
    ["", []],
    ["DNS:a.example", ["DNS:a.example"]],
    [
      "DNS:a, IP Address:10.0.0.1, URI:spiffe://x/y",
      ["DNS:a", "IP Address:10.0.0.1", "URI:spiffe://x/y"],
    ],
    ['URI:"x:, DNS:admin.example"', ["URI:x:, DNS:admin.example"]],
    ['URI:"a\\", DNS:b", DNS:c', ['URI:a", DNS:b', "DNS:c"]],
    ['DirName:"CN = a, DNS:b", email:c@d', ["DirName:CN = a, DNS:b", "email:c@d"]],
    ['DNS:a, DNS:"not closed', []],
  ])("%s", (text, expected) => {
    expect(parseAltNames(text)).toEqual(expected);
  });

  it("of one kind", () => {
    const names = parseAltNames('DNS:a, URI:b:c, DNS:d, URI:"e, DNS:f"');
    expect(namesOfKind("DNS", names)).toEqual(["a", "d"]);
    expect(namesOfKind("URI", names)).toEqual(["b:c", "e, DNS:f"]);
  });
});

describe("SPIFFE ids", () => {
  it.each([
    [["spiffe://example.org"], true],
    [["spiffe://example.org/ns/a/sa/B_1.x-"], true],
    [[], false],
    [["https://example.org"], false],
    [["spiffe://example.org/a", "https://b"], false],
    [["spiffe://example.org/a", "spiffe://example.org/b"], false],
    [["spiffe://Example.org/a"], false],
    [["spiffe://example.org:80/a"], false],
    [["spiffe://user@example.org/a"], false],
    [["spiffe://example.org/"], false],
    [["spiffe://example.org/a//b"], false],
    [["spiffe://example.org/a/../b"], false],
    [["spiffe://example.org/."], false],
    [["spiffe://example.org/a?b"], false],
    [["spiffe://example.org/%41"], false],
    [["spiffe:///a"], false],
    [[`spiffe://example.org/${"a".repeat(2048)}`], false],
  ])("%j: %s", (uris, isId) => {
    expect(toSpiffeId(uris)).toBe(isId ? uris[0] : undefined);
  });
});

it.each([
  [undefined, undefined],
  [{}, ""],
  [{ C: "DE", O: "Example, Inc.", CN: "client" }, "CN=client,O=Example\\, Inc.,C=DE"],
  [{ O: "x", OU: ["a", "b"] }, "OU=b,OU=a,O=x"],
  [{ CN: " #a+b=c\\d " }, "CN=\\ #a\\+b=c\\\\d\\ "],
])("a subject: %j", (subject, expected) => {
  expect(formatSubject(subject)).toBe(expected);
});
