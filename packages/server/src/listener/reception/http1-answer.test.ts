// Telling HTTP/1 from everything else by its first bytes.
import { expect, test } from "vitest";
import { looksLikeHttp1 } from "./http1-answer.js";

test.each([
  ["GET / HTTP/1.1", true],
  ["POST /a", true],
  ["PRIORITIZE /x", true],
  ["OPTIONS * HTTP/1.1", true],
  ["GET http", undefined],
  ["GET https://a/ HTTP/1.1", true],
  ["CONNECT a:1 HTTP/1.1", true],
  ["INVALID CONNECTION PREFACE", false],
  ["", undefined],
  ["G", undefined],
  ["GET", undefined],
  ["GET ", undefined],
  ["GET  ", false],
  ["get / HTTP/1.1", false],
  ["\x16\x03\x01", false],
  ["A".repeat(20), undefined],
  ["A".repeat(21), false],
  ["{}", false],
])("%j", (text, expected) => {
  expect(looksLikeHttp1(Buffer.from(text, "latin1"))).toBe(expected);
});
