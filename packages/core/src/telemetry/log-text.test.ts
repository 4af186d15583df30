// Text of strangers in logs: no control characters, no credentials, in time that grows with its length.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeControls, scrubCredentials, toLogText } from "./log-text.js";

describe("escapeControls", () => {
  it.each([
    ["plain text, ünï 漢 👩‍💻", "plain text, ünï 漢 👩‍💻"],
    ["a\r\nb\tc", "a\\r\\nb\\tc"],
    ["\u001b[31mred\u001b[0m", "\\u001b[31mred\\u001b[0m"],
    ["\u009b2J\u007f\u0000", "\\u009b2J\\u007f\\u0000"],
    ["a\u2028b\u2029c\u0085d", "a\\u2028b\\u2029c\\u0085d"],
    ["abc\u202egnp.exe", "abc\\u202egnp.exe"],
    ["\ud800 alone", "\\ud800 alone"],
  ])("%j", (text, expected) => {
    expect(escapeControls(text)).toBe(expected);
  });

  it("leaves no control character in any text", () => {
    const anyText = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeControls(text)).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      }),
    );
  });
});

describe("scrubCredentials", () => {
  const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const pem = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB\n-----END EC PRIVATE KEY-----";

  it.each([
    ["nothing to hide", "nothing to hide"],
    [`bad ${jwt}!`, "bad [redacted]!"],
    [`token=${jwt}`, "token=[redacted]"],
    ["cut eyJhbGciOiJIUzI1NiJ9", "cut [redacted]"],
    [`Bearer ${jwt}`, "Bearer [redacted]"],
    ["authorization: Basic dXNlcjpwYXNzMQ==", "authorization: Basic [redacted]"],
    ["a Bearer token is expected", "a Bearer token is expected"],
    ["Basic authentication is needed", "Basic authentication is needed"],
    ["via http://user:p%40ss@proxy:3128/x", "via http://[redacted]@proxy:3128/x"],
    ["postgres://u:a@b@db/x", "postgres://[redacted]@db/x"],
    ['"ann:secret@host:port" is not', '"[redacted]@host:port" is not'],
    ["mail ann@example.com", "mail ann@example.com"],
    ["no such dns:///u:p@db", "no such dns:///[redacted]@db"],
    ["see https://example.com/@me", "see https://example.com/@me"],
    [`key: ${pem} end`, "key: [redacted] end"],
    [`key: ${pem.slice(0, 40)}`, "key: [redacted]"],
    ["password=hunter2&x=1", "password=[redacted]&x=1"],
    ['{"password":"hunter2","a":1}', '{"password":"[redacted]","a":1}'],
    [JSON.stringify('{"api_key": "abc"}'), JSON.stringify('{"api_key": "[redacted]"}')],
    ["password: must be longer", "password: must be longer"],
    ["the token has expired", "the token has expired"],
  ])("%j", (text, expected) => {
    expect(scrubCredentials(text)).toBe(expected);
  });

  it.each([
    "eyJ",
    "eyJaaaaaaaa.",
    "://",
    "://a@",
    "a:b@c",
    "a:",
    "-----BEGIN PRIVATE KEY-----",
    "Bearer 1",
    "token=",
  ])("takes no longer for %j a hundred thousand times than its length explains", (part) => {
    const started = performance.now();
    scrubCredentials(part.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("toLogText", () => {
  it("keeps what is short enough, and says how much of the rest is missing", () => {
    expect(toLogText("abc", 3)).toBe("abc");
    expect(toLogText("abcdef\n", 3)).toBe("abc... (4 more)");
  });

  it("recognises a credential that the cut goes through", () => {
    const text = `x http://user:password@host/${"y".repeat(50)}`;
    expect(toLogText(text, 12)).not.toContain("pass");
  });
});
