// Header lists that are and are not requests, responses and trailers (RFC 9113 s8).
import { describe, expect, test } from "vitest";
import { DecodedHeaderList } from "../hpack/header-list.js";
import { headerFacts, headerListBytes } from "./header-rules.js";

function facts(fields: readonly string[], invalid?: string) {
  return headerFacts(new DecodedHeaderList(fields, invalid, 0));
}

const get = [":method", "GET", ":scheme", "http", ":path", "/"];

describe("requests", () => {
  test.each<[string, readonly string[], string | undefined]>([
    ["the least", get, undefined],
    ["with authority", [...get, ":authority", "a"], undefined],
    ["with te: trailers", [...get, "te", "trailers"], undefined],
    ["OPTIONS *", [":method", "OPTIONS", ":scheme", "http", ":path", "*"], undefined],
    ["CONNECT", [":method", "CONNECT", ":authority", "a:1"], undefined],
    ["CONNECT with a path", [":method", "CONNECT", ":authority", "a:1", ":path", "/"], "CONNECT"],
    ["no method", [":scheme", "http", ":path", "/"], "without :method"],
    ["no scheme", [":method", "GET", ":path", "/"], "without :scheme"],
    ["no path", [":method", "GET", ":scheme", "http"], "without :path"],
    ["an empty path", [":method", "GET", ":scheme", "http", ":path", ""], "without :path"],
    ["two methods", [...get, ":method", "GET"], ":method appears twice"],
    ["a status", [...get, ":status", "200"], "with :status"],
    ["an unknown pseudo-header", [...get, ":test", "1"], ":test is not known"],
    ["a pseudo-header too late", [":method", "GET", "a", "b", ":path", "/"], "follows a regular"],
    ["connection", [...get, "connection", "close"], "connection-specific field connection"],
    ["keep-alive", [...get, "keep-alive", "1"], "connection-specific"],
    ["proxy-connection", [...get, "proxy-connection", "1"], "connection-specific"],
    ["transfer-encoding", [...get, "transfer-encoding", "chunked"], "connection-specific"],
    ["upgrade", [...get, "upgrade", "h2c"], "connection-specific"],
    ["another te", [...get, "te", "trailers, deflate"], 'te is "trailers, deflate"'],
    ["a bad content-length", [...get, "content-length", "+1"], 'content-length "+1"'],
    ["no content-length", [...get, "content-length", ""], "is not a number"],
    ["two lengths", [...get, "content-length", "1", "content-length", "2"], "both 1 and 2"],
    ["a length twice", [...get, "content-length", "1", "content-length", "1"], undefined],
  ])("%s", (_name, fields, fault) => {
    const found = facts(fields).requestFault;
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(fault);
  });

  test("the decoder's verdict on names and values counts first", () => {
    const found = facts(get, "name Bad");
    expect(found.requestFault).toBe("name Bad");
    expect(found.responseFault).toBe("name Bad");
    expect(found.trailersFault).toBe("name Bad");
  });
});

describe("responses", () => {
  test.each<[string, readonly string[], string | undefined]>([
    ["200", [":status", "200", "a", "b"], undefined],
    ["103", [":status", "103"], undefined],
    ["101", [":status", "101"], "status 101"],
    ["none", ["a", "b"], "needs :status"],
    ["letters", [":status", "2x0"], "three digits"],
    ["four digits", [":status", "2000"], "three digits"],
    ["with a path", [":status", "200", ":path", "/"], "no other pseudo-header"],
  ])("%s", (_name, fields, fault) => {
    const found = facts(fields).responseFault;
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(fault);
  });
});

test("trailers take no pseudo-header fields", () => {
  expect(facts(["a", "b"]).trailersFault).toBeUndefined();
  expect(facts([":status", "200"]).trailersFault).toContain("pseudo-header");
});

test("facts are worked out once and kept on the list", () => {
  const list = new DecodedHeaderList([...get, "content-length", "12"], undefined, 0);
  const first = headerFacts(list);
  expect(first.contentLength).toBe(12);
  expect(headerFacts(list)).toBe(first);
});

test("the size of a list is name + value + 32 a field", () => {
  expect(headerListBytes(["a", "bc", "def", ""])).toBe(6 + 64);
});
