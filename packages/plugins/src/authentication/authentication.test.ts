// Who is let in: named methods, any or all of several authenticators, certificates.

import {
  type Call,
  Code,
  createGenericMethod,
  createPrincipal,
  Metadata,
  MethodSet,
  type Next,
  type Principal,
  principal,
  type Reply,
  RpcError,
  UsageError,
} from "@trunkline/core";
import { Health } from "@trunkline/core/health";
import type { ClientTlsPeer, ServerCall } from "@trunkline/server";
import { createHandlerContext } from "@trunkline/server/testing";
import { describe, expect, it } from "vitest";
import { createMtlsAuthenticator } from "../mtls/mtls-authenticator.js";
import { authenticate } from "./authenticate.js";
import type { Authenticator } from "./authenticator.js";
import { allOf, anyOf } from "./combine.js";

type Answer = string | RpcError | undefined;

/** Answers what it is told: at once, or later. */
function stub(answer: Answer, later = false): Authenticator {
  return {
    expects: `${String(answer)}`,
    authenticate() {
      if (later)
        return answer instanceof RpcError ? Promise.reject(answer) : Promise.resolve(make(answer));
      if (answer instanceof RpcError) throw answer;
      return make(answer);
    },
  };
}

function make(name: string | undefined): Principal | undefined {
  return name === undefined ? undefined : createPrincipal({ kind: "stub", name });
}

const bad = new RpcError(Code.UNAUTHENTICATED, "bad");
const worse = new RpcError(Code.UNAUTHENTICATED, "worse");
const down = new RpcError(Code.UNAVAILABLE, "down");

async function ask(
  authenticator: Authenticator,
  call: ServerCall = createHandlerContext(),
): Promise<Answer> {
  return (await authenticator.authenticate(call))?.name;
}

describe.each([false, true])("several authenticators, later: %s", (later) => {
  const some = (...answers: Answer[]): Authenticator[] =>
    answers.map((answer) => stub(answer, later));

  it.each<[Answer[], Answer]>([
    [["a"], "a"],
    [["a", "b"], "a"],
    [[undefined, "b"], "b"],
    [[bad, "b"], "b"],
    [[down, undefined, "c"], "c"],
    [[undefined, undefined], undefined],
    [[bad, worse], bad],
    [[undefined, worse, undefined], worse],
    [[bad, down, worse], down],
  ])("any of %j: %s", async (answers, expected) => {
    const outcome = ask(anyOf(...some(...answers)));
    if (expected instanceof RpcError) await expect(outcome).rejects.toBe(expected);
    else expect(await outcome).toBe(expected);
  });

  it.each<[Answer[], Answer | RegExp]>([
    [["a"], "a"],
    [["a", "b"], "a"],
    [[undefined, undefined], undefined],
    [["a", undefined], /also expected undefined/],
    [["a", bad], /bad/],
    [[bad, "a"], /bad/],
  ])("all of %j: %s", async (answers, expected) => {
    const outcome = ask(allOf(...some(...answers)));
    if (expected instanceof RegExp) await expect(outcome).rejects.toThrow(expected);
    else expect(await outcome).toBe(expected);
  });
});

it("all of several: one principal that has the others, and expires with the first", async () => {
  const give = (name: string, expiresAtMs?: number): Authenticator => ({
    expects: name,
    authenticate: () => createPrincipal({ kind: "k", name, expiresAtMs }),
  });
  const both = await allOf(give("a", 20), give("b", 10), give("c")).authenticate(
    createHandlerContext(),
  );
  expect(both).toMatchObject({
    name: "a",
    expiresAtMs: 10,
    others: [{ name: "b" }, { name: "c" }],
  });
  const endless = await allOf(give("a"), give("b")).authenticate(createHandlerContext());
  expect(endless?.expiresAtMs).toBeUndefined();
  expect(() => anyOf()).toThrow(UsageError);
  expect(() => allOf({} as Authenticator)).toThrow(/method authenticate/);
});

describe("public methods", () => {
  it.each([
    ["/a.B/C", "/a.B/C", true],
    ["/a.B/C", "/a.B/D", false],
    ["/a.B/C", "/a.B/c", false],
    ["/a.B/*", "/a.B/D", true],
    ["/a.B/*", "/a.BC/D", false],
    ["/a.B/*", "/A.B/D", false],
    ["/grpc.health.v1.Health/*", "/grpc.health.v1.Health/Check", true],
  ])("%s has %s: %s", (choice, path, expected) => {
    const methods = new MethodSet("publicMethods", [choice]);
    const method = createGenericMethod(path);
    expect([methods.has(method), methods.has(method)]).toEqual([expected, expected]);
  });

  it("are named by descriptors, too", () => {
    expect(new MethodSet("publicMethods", [Health]).has(Health.method.watch)).toBe(true);
    expect(new MethodSet("publicMethods", [Health.method.check]).has(Health.method.watch)).toBe(
      false,
    );
    expect(new MethodSet("publicMethods", [Health.method.check]).has(Health.method.check)).toBe(
      true,
    );
  });

  it.each(["", "*", "/*", "/*/*", "a.B/C", "/a.B", "/a.B/", "/a.*/C", "/a.B/C*", "/a.B/C/D"])(
    "%j is no name of one",
    (choice) => expect(() => new MethodSet("publicMethods", [choice])).toThrow(UsageError),
  );
});

describe("authenticate", () => {
  const reply = { trailers: new Metadata() } as Reply;
  const seen: unknown[] = [];
  const next: Next = (call: Call) => {
    seen.push(call.context.get(principal)?.name);
    return Promise.resolve(reply);
  };

  it.each([false, true])("tells who it is, later: %s", async (later) => {
    seen.length = 0;
    expect(await authenticate(stub("a", later))(createHandlerContext(), next)).toBe(reply);
    expect(seen).toEqual(["a"]);
  });

  it("lets nobody else in", async () => {
    seen.length = 0;
    for (const later of [false, true]) {
      const nobody = authenticate(stub(undefined, later))(createHandlerContext(), next);
      await expect(nobody).rejects.toMatchObject({
        code: Code.UNAUTHENTICATED,
        message: "not authenticated: expected undefined",
      });
    }
    await expect(authenticate(stub(bad, true))(createHandlerContext(), next)).rejects.toBe(bad);
    await expect(authenticate(stub(bad))(createHandlerContext(), next)).rejects.toBe(bad);
    expect(seen).toEqual([]);
  });

  it("does not look at public methods, and at all others", async () => {
    seen.length = 0;
    const guard = authenticate(stub(bad, true), { publicMethods: [Health.method.check] });
    await guard(createHandlerContext({ method: Health.method.check }), next);
    expect(seen).toEqual([undefined]);
    const watch = guard(createHandlerContext({ method: Health.method.watch }), next);
    await expect(watch).rejects.toBe(bad);
    expect(() => authenticate(undefined as never)).toThrow(UsageError);
    expect(() => authenticate(stub("a"), { publicMethods: "/a.B/C" as never })).toThrow(UsageError);
  });
});

describe("certificates", () => {
  const tls: ClientTlsPeer = {
    protocol: "TLSv1.3",
    cipher: "TLS_AES_128_GCM_SHA256",
    authorized: true,
    certificate: new Uint8Array(1),
    commonName: "cn",
    subject: { CN: "cn" },
    subjectName: "CN=cn",
    subjectAltName: undefined,
    subjectAltNames: [],
    uriNames: [],
    dnsNames: [],
    spiffeId: undefined,
    fingerprint256: "AA",
    issuerName: "CN=ca",
    serialNumber: "01",
    validFromMs: 0,
    validToMs: 0,
    authorizationError: undefined,
    serverName: undefined,
  };
  const callOf = (changes: Partial<ClientTlsPeer> | undefined): ServerCall =>
    createHandlerContext({ peer: { tls: changes && { ...tls, ...changes } } });
  const spiffeId = "spiffe://example.org/a";

  it.each([
    [{ spiffeId, uriNames: [spiffeId], dnsNames: ["dns"] }, spiffeId],
    [{ uriNames: ["https://a"], dnsNames: ["dns"] }, "https://a"],
    [{ dnsNames: ["dns"] }, "dns"],
    [{}, "cn"],
    [{ commonName: undefined }, undefined],
    [{ authorized: false }, undefined],
    [undefined, undefined],
  ])("%j: %s", async (changes, expected) => {
    expect(await ask(createMtlsAuthenticator(), callOf(changes))).toBe(expected);
  });

  it("of trust domains", async () => {
    const mtls = createMtlsAuthenticator({ trustDomains: ["example.org"], rolesOf: () => ["r"] });
    const call = callOf({ spiffeId });
    const found = mtls.authenticate(call);
    expect(found).toMatchObject({
      kind: "mtls",
      issuer: "example.org",
      roles: ["r"],
      claims: { spiffeId },
    });
    expect(mtls.authenticate(call)).toBe(found);
    expect(await ask(mtls, callOf({ spiffeId: "spiffe://example.org.evil/a" }))).toBeUndefined();
    expect(await ask(mtls, callOf({}))).toBeUndefined();
    expect(() => createMtlsAuthenticator({ trustDomains: [] })).toThrow(UsageError);
  });
});
