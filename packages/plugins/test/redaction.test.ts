// What of messages and metadata never gets into a log.
import { create, toBinary } from "@bufbuild/protobuf";
import { AnySchema, StringValueSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { FieldRules } from "../src/redaction/field-rules.js";
import { toMessageContent } from "../src/redaction/message-content.js";
import { MessageRedactor } from "../src/redaction/redacted-message.js";
import { isSecretField, isSecretMetadata } from "../src/redaction/secret-names.js";
import {
  type Account,
  AccountSchema,
  Clearance,
  SignInRequestSchema,
} from "./gen/trunkline/test/secrets/v1/account_service_pb.js";

const account = (name: string, more: { owner?: Account; clearance?: Clearance } = {}): Account =>
  create(AccountSchema, { name, iban: `PLANTED-${name}`, ...more });

const request = () =>
  create(SignInRequestSchema, {
    user: "ann",
    proof: { case: "phrase", value: "PLANTED-phrase" },
    account: account("a", { owner: account("b", { clearance: Clearance.COVERT }) }),
    accounts: [account("c"), account("d", { clearance: Clearance.PUBLIC })],
    byName: { e: account("f") },
    note: "line\r\nforged \u001b[31m Bearer PLANTED1token",
    blob: new Uint8Array([1, 2, 3]),
    large: 2n ** 60n,
    at: create(TimestampSchema, { seconds: 1n }),
    extra: { password: "PLANTED-json", deep: { api_key: "PLANTED-deep", ok: [1, null, "x"] } },
    nickname: "annie",
    packed: create(AnySchema, {
      typeUrl: "type.googleapis.com/google.protobuf.StringValue",
      value: toBinary(StringValueSchema, create(StringValueSchema, { value: "PLANTED-any" })),
    }),
    pageToken: "next",
  });

const show = (rules: FieldRules, maxChars = 4096) =>
  toMessageContent(SignInRequestSchema, request(), rules, maxChars);

describe("the content of a message", () => {
  it("is its JSON, without what the contract or a name hides", () => {
    const { content, isTruncated } = show(new FieldRules());
    expect(isTruncated).toBe(false);
    expect(JSON.stringify(content)).not.toMatch(/PLANTED/);
    expect(JSON.parse(JSON.stringify(content))).toEqual({
      user: "ann",
      phrase: "[redacted]",
      account: {
        name: "a",
        iban: "[redacted]",
        owner: { name: "b", iban: "[redacted]", clearance: "[redacted]" },
      },
      accounts: [
        { name: "c", iban: "[redacted]" },
        { name: "d", iban: "[redacted]", clearance: "CLEARANCE_PUBLIC" },
      ],
      byName: { e: { name: "f", iban: "[redacted]" } },
      note: "line\\r\\nforged \\u001b[31m Bearer [redacted]",
      blob: "AQID",
      large: "1152921504606846976",
      at: "1970-01-01T00:00:01Z",
      extra: { password: "[redacted]", deep: { api_key: "[redacted]", ok: [1, null, "x"] } },
      nickname: "annie",
      packed: { "@type": "type.googleapis.com/google.protobuf.StringValue", byteCount: 13 },
      pageToken: "next",
    });
  });

  it.each([
    ["a name", "user", { user: "[redacted]", nickname: "annie" }],
    ["a name in every message", "name", { account: { name: "[redacted]" } }],
    [
      "one of a message",
      "trunkline.test.secrets.v1.Account.name",
      { account: { name: "[redacted]" } },
    ],
    ["a path", "account.owner.name", { account: { name: "a", owner: { name: "[redacted]" } } }],
    [
      "a path over a list",
      "accounts.name",
      { accounts: [{ name: "[redacted]" }, { name: "[redacted]" }] },
    ],
    ["a path over a map", "by_name.name", { byName: { e: { name: "[redacted]" } } }],
  ])("leaves out %s", (_, field, expected) => {
    const { content } = show(new FieldRules({ fields: [field] }));
    expect(JSON.parse(JSON.stringify(content))).toMatchObject(expected);
  });

  it("leaves names of credentials where that is wanted, and never debug_redact", () => {
    const message = create(SignInRequestSchema, {
      proof: { case: "accessToken", value: "shown" },
      account: account("x"),
    });
    const rules = new FieldRules({ secretNames: false });
    const { content } = toMessageContent(SignInRequestSchema, message, rules, 1000);
    expect(content).toEqual({
      accessToken: "shown",
      account: { name: "x", iban: "[redacted]" },
    });
  });

  it.each([0, 1, 10, 60, 300])("stays within %i characters, about", (maxChars) => {
    const { content, isTruncated } = show(new FieldRules(), maxChars);
    expect(isTruncated).toBe(true);
    expect(JSON.stringify(content).length).toBeLessThan(2 * maxChars + 120);
  });

  it("survives what JSON has no form for, and messages that are too deep", () => {
    let deep = account("x");
    for (let i = 0; i < 100; i++) deep = account("y", { owner: deep });
    const message = create(SignInRequestSchema, {
      at: create(TimestampSchema, { seconds: 10n ** 18n }),
      account: deep,
    });
    const { content, isTruncated } = toMessageContent(
      SignInRequestSchema,
      message,
      new FieldRules(),
      100_000,
    );
    expect(isTruncated).toBe(true);
    expect(content).toMatchObject({ at: "(cannot be shown)" });
  });

  it("takes keys of maps as keys", () => {
    const message = create(SignInRequestSchema, {
      byName: { ["__proto__"]: account("p"), password: account("q") },
    });
    const { content } = toMessageContent(SignInRequestSchema, message, new FieldRules(), 1000);
    expect(JSON.stringify(content)).toContain('"password":"[redacted]"');
  });

  it.each([".", "a..b", "a b", "", "*.password"])("refuses %j as a field", (field) => {
    expect(() => new FieldRules({ fields: [field] })).toThrow(/redacted field .* is no name/);
  });
});

describe("messages that are kept as bytes", () => {
  it("lose the fields that are hidden, at any depth", () => {
    const message = request();
    const copy = new MessageRedactor(new FieldRules()).redact(SignInRequestSchema, message);
    const bytes = Buffer.from(toBinary(SignInRequestSchema, { ...copy, note: "", extra: {} }));
    expect(bytes.toString("latin1")).not.toMatch(/PLANTED-(phrase|[a-f]\b)/);
    expect(copy).toMatchObject({ user: "ann", account: { name: "a", iban: "" }, large: 2n ** 60n });
    expect(copy.account?.owner?.clearance).toBe(Clearance.UNSPECIFIED);
    expect(message.proof.value).toBe("PLANTED-phrase");
  });

  it("are left alone where nothing is to be hidden", () => {
    const redactor = new MessageRedactor(new FieldRules());
    const message = create(SignInRequestSchema, { user: "ann" });
    expect(redactor.redact(SignInRequestSchema, message)).toBe(message);
    expect(redactor.isConcerned(TimestampSchema)).toBe(false);
  });
});

describe("names of credentials", () => {
  it.each([
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-auth",
    "x-auth-token",
    "x-session-id",
    "x-amz-security-token",
    "client-secret",
    "token-bin",
    "x-jwt-assertion",
  ])("metadata %s", (name) => {
    expect(isSecretMetadata(name)).toBe(true);
  });

  it.each(["x-request-id", "user-agent", "traceparent", "x-author", "page-token", "x-tokens-used"])(
    "metadata %s is none",
    (name) => {
      expect(isSecretMetadata(name)).toBe(false);
    },
  );

  it.each(["password", "passwd", "user_password", "apiKey", "private_key", "clientSecret", "jwt"])(
    "field %s",
    (name) => {
      expect(isSecretField(name)).toBe(true);
    },
  );

  it.each(["page_token", "next_page_token", "token_count", "name", "monkey", "key"])(
    "field %s is none",
    (name) => {
      expect(isSecretField(name)).toBe(false);
    },
  );
});
