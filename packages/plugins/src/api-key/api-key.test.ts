// API keys: which are believed, for how long, and what is kept of them.
import { Code, type Principal, UsageError } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { createHandlerContext, type HandlerContext } from "@trunkline/server/testing";
import { describe, expect, it } from "vitest";
import { type ApiKeyRecord, createApiKey, hashApiKey } from "./api-key.js";
import {
  type ApiKeyAuthenticator,
  type ApiKeyAuthenticatorOptions,
  createApiKeyAuthenticator,
} from "./api-key-authenticator.js";

const { key, record } = createApiKey({ id: "1", name: "billing", roles: ["reader"] });

function setUp(
  keys: readonly ApiKeyRecord[] = [record],
  options: Partial<ApiKeyAuthenticatorOptions> = {},
): ApiKeyAuthenticator {
  return createApiKeyAuthenticator({ keys, ...options });
}

function callWith(metadata: Record<string, string | string[]>): HandlerContext {
  return createHandlerContext({ metadata });
}

describe("a key", () => {
  it("is random, and only its hash is kept", () => {
    expect(key).toMatch(/^key_[A-Za-z0-9_-]{43}$/);
    expect(record).toEqual({ id: "1", name: "billing", roles: ["reader"], hash: hashApiKey(key) });
    expect(JSON.stringify(record)).not.toContain(key.slice(4));
    const other = createApiKey({ prefix: "acme_live" });
    expect(other.key).toMatch(/^acme_live_/);
    expect(other.record.id).not.toBe(createApiKey().record.id);
    expect(() => createApiKey({ prefix: "a b" })).toThrow(UsageError);
    expect(() => hashApiKey("short")).toThrow(/20 characters/);
  });

  it("is a principal", () => {
    const keys = [{ ...record, scopes: ["s"], attributes: { team: "a", keyId: "x" } }];
    const found = setUp(keys).authenticate(callWith({ "x-api-key": key }));
    expect(found).toMatchObject({
      kind: "api-key",
      name: "billing",
      roles: ["reader"],
      scopes: ["s"],
      claims: { team: "a", keyId: "1" },
    });
    expect(Object.isFrozen(found)).toBe(true);
    const unnamed = setUp([{ id: "2", hash: record.hash }]);
    expect(unnamed.authenticate(callWith({ "x-api-key": key }))).toMatchObject({ name: "2" });
  });

  it.each<[Record<string, string>, boolean]>([
    [{}, false],
    [{ "x-api-key": key }, true],
    [{ "x-other": key }, true],
    [{ authorization: `ApiKey ${key}` }, true],
    [{ authorization: `apikey   ${key}` }, true],
    [{ authorization: `Bearer ${key}` }, false],
    [{ authorization: key }, false],
    [{ authorization: "Basic YTpi", "x-api-key": key }, true],
  ])("is looked for in %j: %s", (metadata, isFound) => {
    const apiKeys = setUp([record], { metadataNames: ["authorization", "X-Other", "x-api-key"] });
    const found = apiKeys.authenticate(callWith(metadata)) as Principal | undefined;
    expect(found?.name).toBe(isFound ? "billing" : undefined);
    expect(apiKeys.expects).toBe(
      "an API key in the metadata authorization or x-other or x-api-key",
    );
  });

  it.each([`${key}x`, key.slice(0, -1), key.toUpperCase(), record.hash, "", "x"])(
    "refuses %s, and does not quote it",
    (wrong) => {
      expect(() => setUp().authenticate(callWith({ "x-api-key": wrong }))).toThrow(
        expect.objectContaining({
          code: Code.UNAUTHENTICATED,
          message: "not authenticated: the API key is not known here",
        }),
      );
    },
  );

  it("may be there once", () => {
    expect(() => setUp().authenticate(callWith({ "x-api-key": [key, key] }))).toThrow(/once/);
  });

  it("is good for its time", () => {
    const clock = new FakeClock(1000);
    const apiKeys = setUp([{ ...record, notBeforeMs: 1500, expiresAtMs: 2000 }], { clock });
    const call = callWith({ "x-api-key": key });
    expect(() => apiKeys.authenticate(call)).toThrow(/not valid yet/);
    clock.advance(500);
    expect(apiKeys.authenticate(call)).toMatchObject({ name: "billing", expiresAtMs: 2000 });
    clock.advance(499);
    expect(apiKeys.authenticate(call)).toBe(apiKeys.authenticate(call));
    clock.advance(1);
    expect(() => apiKeys.authenticate(call)).toThrow(/has expired/);
  });
});

describe("a list of keys", () => {
  it("is rotated between two calls of one connection", () => {
    const next = createApiKey({ name: "billing" });
    const apiKeys = setUp();
    const call = callWith({ "x-api-key": key });
    const nextCall = createHandlerContext({ metadata: { "x-api-key": next.key }, peer: call.peer });
    expect(apiKeys.authenticate(call)).toMatchObject({ name: "billing" });
    apiKeys.setKeys([record, next.record]);
    expect(apiKeys.authenticate(nextCall)).toMatchObject({ name: "billing" });
    expect(apiKeys.authenticate(call)).toMatchObject({ name: "billing" });
    apiKeys.setKeys([next.record]);
    expect(() => apiKeys.authenticate(call)).toThrow(/not known/);
    expect(apiKeys.authenticate(nextCall)).toMatchObject({ name: "billing" });
    expect(() => apiKeys.setKeys([next.record, next.record])).toThrow(/twice/);
    expect(apiKeys.authenticate(nextCall)).toMatchObject({ name: "billing" });
  });

  it.each<[unknown, RegExp]>([
    [{}, /list of records/],
    [[{}], /no id/],
    [[null], /no id/],
    [[{ id: "1", hash: key }], /hash of API key 1 is not what hashApiKey makes/],
    [[record, { ...record, id: "2" }], /2 is there twice/],
    [[record, { ...record, hash: hashApiKey("x".repeat(20)) }], /1 is there twice/],
    [[{ ...record, expiresAtMs: "soon" }], /not milliseconds/],
  ])("refuses %j", (keys, message) => {
    expect(() => setUp(keys as ApiKeyRecord[])).toThrow(UsageError);
    expect(() => setUp(keys as ApiKeyRecord[])).toThrow(message);
  });

  it("needs a place to look", () => {
    expect(() => setUp([record], { metadataNames: [] })).toThrow(UsageError);
  });
});
