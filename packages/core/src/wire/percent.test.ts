// Percent-coding of grpc-message: tables, and any text there and back.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage } from "./percent.js";

describe("encodeMessage", () => {
  it.each([
    ["", ""],
    [
      "plain text, /with?all#the &other=characters:~!",
      "plain text, /with?all#the &other=characters:~!",
    ],
    ["100% bad", "100%25 bad"],
    ["a\tb\r\nc", "a%09b%0D%0Ac"],
    ["☺", "%E2%98%BA"],
    ["😈", "%F0%9F%98%88"],
    ["\u007f", "%7F"],
    ["\u0000", "%00"],
    ["é", "%C3%A9"],
    // Lone surrogates have no UTF-8 form.
    ["a\ud800b", "a%EF%BF%BDb"],
    ["\udc00", "%EF%BF%BD"],
    // RFC 9113 s8.2.1: no space at the ends of a field value.
    [" x y ", "%20x y%20"],
    [" ", "%20"],
    ["  ", "%20%20"],
    [" é ", "%20%C3%A9%20"],
  ])("%j becomes %j", (message, field) => {
    expect(encodeMessage(message)).toBe(field);
  });
});

describe("decodeMessage", () => {
  it.each([
    ["", ""],
    ["plain", "plain"],
    ["bad field%3A a%2Fb", "bad field: a/b"],
    ["%e2%98%ba", "☺"],
    // Lenient: what is no escape stays as it is.
    ["100% bad", "100% bad"],
    ["%", "%"],
    ["%4", "%4"],
    ["%zz", "%zz"],
    ["%4z%41", "%4zA"],
    ["%%41", "%A"],
    ["a%", "a%"],
    // Not UTF-8.
    ["%ff%41", "\ufffdA"],
    ["%E2%98", "\ufffd"],
    ["%EF%BB%BFx", "\ufeffx"],
    // Not ASCII, though it should be: UTF-8, one character for each byte, and what is not.
    ["\u00e2\u0098\u00ba%41", "☺A"],
    ["\u00c3\u00a9", "é"],
    ["\u00c3%A9", "Ã\ufffd"],
    ["é%41", "éA"],
    ["é", "é"],
    ["\u263a%41", "☺A"],
  ])("%j becomes %j", (field, message) => {
    expect(decodeMessage(field)).toBe(message);
  });
});

describe("percent-coding", () => {
  it("gives back any text that has a UTF-8 form", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-composite" }), (message) => {
        expect(decodeMessage(encodeMessage(message))).toBe(message);
      }),
    );
  });

  it("makes printable ASCII of any string, which is a field value that HTTP/2 carries", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (message) => {
        expect(encodeMessage(message)).toMatch(/^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/);
      }),
    );
  });

  it("decodes any string without throwing", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("%", "4", "f", "F", "z", "é") }), (field) => {
        expect(typeof decodeMessage(field)).toBe("string");
      }),
    );
  });
});
