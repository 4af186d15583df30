// Tokens: which are believed, why others are not, and what the keys cost.
import { createHmac, createPublicKey } from "node:crypto";
import { Code, UsageError } from "@trunkline/core";
import { createHandlerContext } from "@trunkline/server/testing";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import type { JwtAuthenticatorOptions } from "../src/jwt/jwt-options.js";
import { encodePart, keySetOf, makeKey, sign, startMs, usualClaims } from "./issuer.js";
import { callWith, ec, keySet, rsa, setUp } from "./jwt-setup.js";

function unauthenticated(text: string): { code: Code; message: string } {
  return { code: Code.UNAUTHENTICATED, message: `not authenticated: ${text}` };
}

describe("algorithms", () => {
  it.each([
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
  ])("%s", async (alg) => {
    const key = makeKey(alg, "k");
    const { ask } = setUp({ keys: { jwks: await keySetOf(key) } });
    expect(await ask(await sign(key))).toMatchObject({ kind: "jwt", name: "alice" });
  });

  it.each(["HS256", "HS384", "HS512"])("%s", async (alg) => {
    const secret = "s".repeat(64);
    const token = new SignJWT(usualClaims).setProtectedHeader({ alg });
    const { ask } = setUp({ keys: { secret } });
    expect(await ask(await token.sign(Buffer.from(secret)))).toMatchObject({ name: "alice" });
  });

  it("takes one public key in PEM", async () => {
    const pem = createPublicKey(rsa.privateKey).export({ type: "spki", format: "pem" });
    const { ask } = setUp({ keys: { publicKey: String(pem), algorithm: "RS256" } });
    expect(await ask(await sign(rsa))).toMatchObject({ name: "alice" });
  });

  it.each(["none", "None", "NONE", ""])("refuses alg %j", async (alg) => {
    const token = `${encodePart({ alg })}.${encodePart(usualClaims)}.`;
    for (const keys of [{ jwks: keySet }, { secret: "s".repeat(32) }]) {
      const failure = setUp({ keys }).ask(token);
      await expect(failure).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
    }
  });

  it("takes no public key for a secret", async () => {
    const pem = String(createPublicKey(rsa.privateKey).export({ type: "spki", format: "pem" }));
    const head = `${encodePart({ alg: "HS256", kid: "rsa" })}.${encodePart(usualClaims)}`;
    const forged = `${head}.${createHmac("sha256", pem).update(head).digest("base64url")}`;
    for (const keys of [{ jwks: keySet }, { publicKey: pem, algorithm: "RS256" }]) {
      await expect(setUp({ keys }).ask(forged)).rejects.toMatchObject(
        unauthenticated("the token is signed with an algorithm that is not accepted here"),
      );
    }
    expect(() => setUp({ keys: { secret: pem } })).toThrow(/PEM/);
  });

  it.each<[Partial<JwtAuthenticatorOptions>, RegExp]>([
    [{ algorithms: ["none"] }, /none; for public keys/],
    [{ algorithms: ["HS256"] }, /HS256; for public keys/],
    [{ algorithms: [] }, /nothing/],
    [{ keys: { secret: "short" } }, /5 bytes is good for none/],
    [{ keys: { secret: "s".repeat(32) }, algorithms: ["HS512"] }, /32 bytes is good for HS256/],
    [{ keys: { secret: "s".repeat(32) }, algorithms: ["RS256"] }, /good for HS256/],
    [{ keys: { jwks: { keys: [] } } }, /one or more/],
    [{ keys: { jwks: { keys: [{ kty: "oct", k: "AA" }] } } }, /no public key/],
    [{ keys: { jwksUrl: "http://a/keys" } }, /must begin with https/],
    [{ keys: { jwksUrl: "https://u:p@a/keys" } }, /must not have a user/],
    [{ keys: { jwksUrl: "keys" } }, /must begin with https/],
    [{ issuer: undefined as never }, /option issuer/],
    [{ audience: [] }, /option audience/],
    [{ clockToleranceMs: -1 }, /clockToleranceMs is -1/],
    [{ maxCachedTokens: 0 }, /maxCachedTokens is 0/],
    [{ nameOf: 1 as never }, /nameOf/],
  ])("refuses %j", (options, message) => {
    expect(() => setUp(options)).toThrow(UsageError);
    expect(() => setUp(options)).toThrow(message);
  });
});

describe("what a token says", () => {
  it.each<[Record<string, unknown>, string]>([
    [{ iss: "https://other.test" }, "the token's issuer (iss) is not accepted here"],
    [{ iss: null }, "the token lacks the claim iss"],
    [{ aud: "others" }, "the token is meant for somebody else (aud)"],
    [{ aud: null }, "the token lacks the claim aud"],
    [{ exp: startMs / 1000 - 31 }, "the token has expired"],
    [{ exp: null }, "the token lacks the claim exp"],
    [{ sub: null }, "the token lacks the claim sub"],
    [{ sub: "" }, "the token names nobody"],
    [{ nbf: startMs / 1000 + 31 }, "the token is not valid yet (nbf)"],
  ])("%j: %s", async (claims, text) => {
    await expect(setUp().ask(await sign(rsa, claims))).rejects.toMatchObject(unauthenticated(text));
  });

  it("may be late or early by the tolerance", async () => {
    const { ask } = setUp({ clockToleranceMs: 10_000 });
    expect(await ask(await sign(rsa, { exp: startMs / 1000 - 9 }))).toMatchObject({
      name: "alice",
    });
    expect(await ask(await sign(rsa, { nbf: startMs / 1000 + 9 }))).toMatchObject({
      name: "alice",
    });
    await expect(ask(await sign(rsa, { exp: startMs / 1000 - 10 }))).rejects.toThrow(/expired/);
  });

  it("is a principal", async () => {
    const { ask } = setUp({ issuer: ["a", "https://issuer.test"], audience: ["x", "users"] });
    const claims = { scope: "read  write", roles: ["admin", 1], tenant: "t", aud: ["y", "users"] };
    expect(await ask(await sign(rsa, claims))).toMatchObject({
      kind: "jwt",
      name: "alice",
      issuer: "https://issuer.test",
      scopes: ["read", "write"],
      roles: ["admin"],
      claims: { tenant: "t" },
      expiresAtMs: startMs + 600_000,
      others: [],
    });
  });

  it("is read as the application wants", async () => {
    const { ask } = setUp({
      nameOf: (claims) => String(claims.tenant),
      rolesOf: () => ["r"],
      scopesOf: () => ["s"],
      type: "at+jwt",
    });
    const token = await sign(rsa, { tenant: "t" }, { typ: "at+jwt" });
    expect(await ask(token)).toMatchObject({ name: "t", roles: ["r"], scopes: ["s"] });
    await expect(ask(await sign(rsa, {}, { typ: "JWT" }))).rejects.toThrow(/another type/);
  });
});

describe("what is no good token", () => {
  it.each([undefined, "Basic YTpi", "Bearer", "Bearer a b"])("%j is none", (authorization) => {
    expect(setUp().jwt.authenticate(callWith(authorization))).toBeUndefined();
  });

  it.each(["x", "a.b", "a.b.c", "a.b.c.d.e", "..", encodePart({ alg: "RS256" })])(
    "refuses %s",
    async (token) => {
      await expect(setUp().ask(token)).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
    },
  );

  it("refuses changed claims, signatures and keys, and quotes nothing", async () => {
    const token = await sign(rsa, { sub: "secret-name" });
    const [head = "", , signature = ""] = token.split(".");
    const claims = encodePart({ ...usualClaims, sub: "root" });
    const stranger = await sign({ ...makeKey("RS256", "rsa") });
    const flipped = (signature.startsWith("A") ? "B" : "A") + signature.slice(1);
    const { ask } = setUp();
    for (const bad of [
      `${head}.${claims}.${signature}`,
      `${token.slice(0, -signature.length)}${flipped}`,
      stranger,
    ]) {
      const failure: unknown = await ask(bad).catch((error: unknown) => error);
      expect(failure).toMatchObject(unauthenticated("the token's signature is not good"));
      expect(JSON.stringify(failure)).not.toContain(bad.slice(0, 20));
    }
  });

  it("refuses what is critical and not known, a key in the header, and too much", async () => {
    const { jwt, ask } = setUp({ maxTokenBytes: 2000 });
    const critical = await sign(rsa, {}, { crit: ["b64"], b64: true } as never);
    expect(await ask(critical)).toMatchObject({ name: "alice" });
    const head = encodePart({ alg: "RS256", kid: "rsa", crit: ["x"], x: 1 });
    await expect(ask(`${head}.${encodePart(usualClaims)}.AA`)).rejects.toThrow(/not supported/);
    const stranger = makeKey("RS256", "own");
    const { keys } = await keySetOf(stranger);
    await expect(ask(await sign(stranger, {}, { jwk: keys[0]! }))).rejects.toThrow(
      /not known here/,
    );
    expect(() => jwt.authenticate(callWith(`Bearer ${"x".repeat(2001)}`))).toThrow(/2001 bytes/);
    expect(() => jwt.authenticate(callWith(["Bearer a", "Bearer b"]))).toThrow(/more than once/);
  });

  it("asks nobody for the keys that a header tells of", async () => {
    const asked: string[] = [];
    const before = globalThis.fetch;
    globalThis.fetch = (async (url: unknown) => {
      asked.push(String(url));
      return Response.json(await keySetOf(stranger));
    }) as typeof fetch;
    const stranger = makeKey("RS256", "theirs");
    const { keys } = await keySetOf(stranger);
    try {
      const { ask } = setUp();
      for (const header of [
        { jku: "https://evil.test/keys" },
        { x5u: "https://evil.test/cert" },
        { x5c: ["AAAA"], "x5t#S256": "AAAA" },
        { jwk: keys[0] },
        { kid: "../../../etc/passwd" },
        { kid: "rsa", jwk: keys[0] },
      ]) {
        const token = await sign(stranger, {}, header as never);
        await expect(ask(token)).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
      }
      const unencoded = encodePart({ alg: "RS256", kid: "rsa", crit: ["b64"], b64: false });
      await expect(ask(`${unencoded}.{}.AA`)).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
    } finally {
      globalThis.fetch = before;
    }
    expect(asked).toEqual([]);
  });

  it("remembers those that stay bad, for a while and for these keys", async () => {
    const { clock, jwt, ask } = setUp();
    const token = await sign(makeKey("RS256", "rsa"));
    const early = await sign(rsa, { nbf: startMs / 1000 + 60 });
    for (let at = 0; at < 3; at++) {
      await expect(ask(token)).rejects.toThrow(/signature is not good/);
      await expect(ask(early)).rejects.toThrow(/not valid yet/);
    }
    clock.advance(30_001);
    expect(await ask(early)).toMatchObject({ name: "alice" });
    const own = makeKey("RS256", "rsa");
    const later = await sign(own);
    await expect(ask(later)).rejects.toThrow(/signature is not good/);
    jwt.setKeys({ jwks: await keySetOf(own) });
    expect(await ask(later)).toMatchObject({ name: "alice" });
  });

  it("finds the key of a token without an id among several", async () => {
    const [one, two] = [makeKey("RS256", "1"), makeKey("RS256", "2")];
    const { ask } = setUp({ keys: { jwks: await keySetOf(one, two) } });
    expect(await ask(await sign(two, {}, { kid: undefined as never }))).toMatchObject({
      name: "alice",
    });
    const stranger = await sign(makeKey("RS256", "3"), {}, { kid: undefined as never });
    await expect(ask(stranger)).rejects.toThrow(/signature is not good/);
  });

  it("takes a token alone under another name", async () => {
    const { jwt } = setUp({ metadataName: "X-Token" });
    const token = await sign(rsa);
    for (const value of [token, `bearer ${token}`]) {
      const call = createHandlerContext({ metadata: { "x-token": value } });
      expect(await jwt.authenticate(call)).toMatchObject({ name: "alice" });
    }
  });
});

describe("tokens that are known", () => {
  it("are answered at once, on each connection, until they expire", async () => {
    const { clock, jwt } = setUp();
    const call = callWith(`Bearer ${await sign(rsa, { exp: startMs / 1000 + 100 })}`);
    const found = await jwt.authenticate(call);
    expect(jwt.authenticate(call)).toBe(found);
    const elsewhere = createHandlerContext({ metadata: call.metadata, peer: { address: "b" } });
    expect(jwt.authenticate(elsewhere)).toBe(found);
    expect(Object.isFrozen(found)).toBe(true);
    clock.advance(129_999);
    expect(jwt.authenticate(call)).toBe(found);
    clock.advance(1);
    await expect(jwt.authenticate(call)).rejects.toThrow(/expired/);
  });

  it("are looked at again after their time, and when keys change", async () => {
    const { clock, jwt } = setUp({ cacheMs: 1000 });
    const call = callWith(`Bearer ${await sign(rsa)}`);
    const found = await jwt.authenticate(call);
    clock.advance(1000);
    const again = jwt.authenticate(call);
    expect(again).toBeInstanceOf(Promise);
    expect(await again).toEqual(found);
    jwt.setKeys({ jwks: await keySetOf(ec) });
    await expect(jwt.authenticate(call)).rejects.toThrow(/not known here/);
    expect(() => jwt.setKeys({ jwks: { keys: [] } })).toThrow(UsageError);
  });

  it("of many callers on one connection are found, by their digests in the end", async () => {
    const { jwt } = setUp();
    const { peer } = callWith();
    const calls = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const authorization = `Bearer ${await sign(ec, { sub: `user-${at}` })}`;
        return createHandlerContext({ metadata: { authorization }, peer });
      }),
    );
    for (const call of calls) await jwt.authenticate(call);
    for (const [at, call] of calls.entries()) {
      expect(jwt.authenticate(call)).toMatchObject({ name: `user-${at}` });
    }
  });

  it("are not kept when nobody wants it, and never more than the limit", async () => {
    const { jwt } = setUp({ cacheMs: 0 });
    const call = callWith(`Bearer ${await sign(rsa)}`);
    await jwt.authenticate(call);
    expect(jwt.authenticate(call)).toBeInstanceOf(Promise);
    const small = setUp({ maxCachedTokens: 1 });
    const tokens = [await sign(rsa, { sub: "a" }), await sign(rsa, { sub: "b" })];
    for (const token of tokens) await small.ask(token);
    const [first, second] = tokens.map((token) =>
      small.jwt.authenticate(callWith(`Bearer ${token}`)),
    );
    expect(first).toBeInstanceOf(Promise);
    expect(second).toMatchObject({ name: "b" });
    await first;
  });

  it("are verified once for all who wait, and no more at once than the limit", async () => {
    const { jwt, ask } = setUp({ maxPendingTokens: 1 });
    const token = await sign(rsa);
    const other = await sign(rsa, { sub: "b" });
    const both = [ask(token), ask(token)];
    await expect(ask(other)).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
    });
    const [one, same] = await Promise.all(both);
    expect(one).toBe(same);
    expect(jwt.expects).toBe("a bearer token in the metadata authorization");
  });
});
