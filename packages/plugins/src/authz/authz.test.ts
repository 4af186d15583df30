// Calls held against policies: names of callers, audits, and files that change.
import {
  type Call,
  Code,
  createGenericMethod,
  createPrincipal,
  type Interceptor,
  type Log,
  type Next,
  principal,
  type Reply,
  setLog,
  silentLog,
  stderrLog,
  UsageError,
} from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import type { ClientTlsPeer } from "@trunkline/server";
import { createHandlerContext, type HandlerContext } from "@trunkline/server/testing";
import { describe, expect, it } from "vitest";
import { type FilePort, openWatchedFile } from "../watching/watched-file.js";
import { type AuditEvent, formatEvent } from "./audit.js";
import { authorize } from "./authorize.js";
import { authenticatedNames, certificateNames } from "./principal-names.js";

const reply = {} as Reply;
const next: Next = () => Promise.resolve(reply);

function callOf(path: string, tls?: Partial<ClientTlsPeer>): HandlerContext {
  const peer = tls === undefined ? {} : { tls: tls as ClientTlsPeer };
  return createHandlerContext({ method: createGenericMethod(path), peer });
}

async function codeOf(guard: Interceptor, call: Call): Promise<Code> {
  try {
    await guard(call, next);
    return Code.OK;
  } catch (error) {
    return (error as { code: Code }).code;
  }
}

function policyFor(...paths: string[]): string {
  return JSON.stringify({ name: "p", allow_rules: [{ name: "r", request: { paths } }] });
}

describe("authorize", () => {
  it("denies what is not allowed, and says which method", async () => {
    const guard = authorize({ policy: policyFor("/a.B/*") });
    expect(await guard(callOf("/a.B/C"), next)).toBe(reply);
    await expect(guard(callOf("/a.C/D"), next)).rejects.toMatchObject({
      code: Code.PERMISSION_DENIED,
      message: "the caller is not allowed to call /a.C/D",
    });
    expect(() => authorize({ policy: "{" })).toThrow(UsageError);
    expect(() => authorize({ policy: policyFor("*"), names: 1 as never })).toThrow(UsageError);
  });

  it("goes by certificates, as gRFC A43 has it", async () => {
    const tls = {
      authorized: true,
      uriNames: ["spiffe://a/b"],
      dnsNames: ["d"],
      subjectName: "CN=c,O=o",
    };
    expect(certificateNames(callOf("/a.B/C", tls))).toEqual(["spiffe://a/b", "d", "CN=c,O=o"]);
    expect(certificateNames(callOf("/a.B/C", { ...tls, authorized: false }))).toEqual([]);
    expect(certificateNames(callOf("/a.B/C"))).toBeUndefined();
    const source = { principals: ["CN=c*"] };
    const guard = authorize({ policy: { name: "p", allow_rules: [{ name: "r", source }] } });
    expect(await codeOf(guard, callOf("/a.B/C", tls))).toBe(Code.OK);
    expect(await codeOf(guard, callOf("/a.B/C", { ...tls, authorized: false }))).toBe(
      Code.PERMISSION_DENIED,
    );
    expect(await codeOf(guard, callOf("/a.B/C"))).toBe(Code.PERMISSION_DENIED);
  });

  it("goes by principals, roles and scopes, if told so", async () => {
    const call = callOf("/a.B/C");
    expect(authenticatedNames(call)).toEqual([]);
    const other = createPrincipal({ kind: "mtls", name: "spiffe://a/b" });
    const who = createPrincipal({
      kind: "jwt",
      name: "alice",
      roles: ["admin"],
      scopes: ["read"],
      others: [other],
    });
    call.context.set(principal, who);
    expect(authenticatedNames(call)).toEqual([
      "jwt:alice",
      "mtls:spiffe://a/b",
      "role:admin",
      "scope:read",
    ]);
    const source = { principals: ["role:admin"] };
    const policy = { name: "p", allow_rules: [{ name: "r", source }] };
    const guard = authorize({ policy, names: authenticatedNames });
    expect(await codeOf(guard, call)).toBe(Code.OK);
    expect(await codeOf(guard, callOf("/a.B/C"))).toBe(Code.PERMISSION_DENIED);
    expect(await codeOf(authorize({ policy }), call)).toBe(Code.PERMISSION_DENIED);
  });
});

describe("audits", () => {
  it.each([
    ["NONE", [], []],
    ["ON_DENY", [], ["shut"]],
    ["ON_ALLOW", ["open"], []],
    ["ON_DENY_AND_ALLOW", ["open"], ["shut"]],
  ])("%s", async (audit_condition, allowed, denied) => {
    const events: AuditEvent[] = [];
    const policy = {
      name: "p",
      allow_rules: [{ name: "open" }],
      deny_rules: [{ name: "shut", request: { paths: ["/a.B/No"] } }],
      audit_logging_options: {
        audit_condition,
        audit_loggers: [{ name: "own", config: { a: 1 } }],
      },
    };
    const own = (config: object) => (event: AuditEvent) => {
      expect(config).toEqual({ a: 1 });
      events.push(event);
    };
    const guard = authorize({ policy, auditLoggers: { own } });
    await codeOf(guard, callOf("/a.B/Yes", { authorized: true, uriNames: ["u"], dnsNames: [] }));
    expect(events.map(({ matchedRule }) => matchedRule)).toEqual(allowed);
    await codeOf(guard, callOf("/a.B/No"));
    expect(events.slice(allowed.length).map(({ matchedRule }) => matchedRule)).toEqual(denied);
    const first = {
      path: "/a.B/Yes",
      principal: "u",
      policyName: "p",
      matchedRule: "open",
      isAllowed: true,
    };
    if (allowed.length > 0) expect(events[0]).toEqual(first);
  });

  it("are one line, whatever the names have in them", () => {
    const event = {
      path: "/a.B/C",
      principal: "x\ny",
      policyName: "p",
      matchedRule: "",
      isAllowed: false,
    };
    expect(formatEvent(event, new Date(0))).toBe(
      '{"grpc_audit_log":{"timestamp":"1970-01-01T00:00:00.000Z","rpc_method":"/a.B/C","principal":"x\\ny","policy_name":"p","matched_rule":"","authorized":false}}',
    );
  });

  it("change no decision when a logger fails, and do without optional ones that cannot be made", async () => {
    const heard: AuditEvent[] = [];
    const failing = () => (): void => {
      throw new Error("disk full");
    };
    const unmade = (): never => {
      throw new Error("bad config");
    };
    const policyOf = (is_optional: boolean): object => ({
      name: "p",
      allow_rules: [{ name: "r", request: { paths: ["/a.B/Yes"] } }],
      audit_logging_options: {
        audit_condition: "ON_DENY_AND_ALLOW",
        audit_loggers: [{ name: "failing" }, { name: "unmade", is_optional }, { name: "own" }],
      },
    });
    const auditLoggers = { failing, unmade, own: () => (event: AuditEvent) => heard.push(event) };
    const errors: unknown[] = [];
    setLog({ ...silentLog, error: (text) => errors.push(text) });
    try {
      const guard = authorize({ policy: policyOf(true), auditLoggers });
      expect(await codeOf(guard, callOf("/a.B/Yes"))).toBe(Code.OK);
      expect(await codeOf(guard, callOf("/a.B/No"))).toBe(Code.PERMISSION_DENIED);
    } finally {
      setLog(stderrLog);
    }
    expect(heard.map(({ isAllowed }) => isAllowed)).toEqual([true, false]);
    expect(errors).toEqual(["an audit logger has failed", "an audit logger has failed"]);
    expect(() => authorize({ policy: policyOf(false), auditLoggers })).toThrow("bad config");
  });

  it.each(["nobody", "toString", "__proto__"])("need loggers that are there: %s", (name) => {
    const policyOf = (is_optional: boolean): object => ({
      name: "p",
      allow_rules: [{ name: "r" }],
      audit_logging_options: { audit_loggers: [{ name, is_optional }, { name: "stdout_logger" }] },
    });
    expect(() => authorize({ policy: policyOf(false) })).toThrow(/there is no audit logger/);
    expect(authorize({ policy: policyOf(true) })).toBeTypeOf("function");
  });
});

describe("a file", () => {
  interface FakeFile extends FilePort {
    text: string;
    changed: () => void;
    isWatched: boolean;
  }

  function createFile(text: string): FakeFile {
    const file: FakeFile = {
      text,
      changed: () => {},
      isWatched: false,
      async read() {
        if (file.text === "") throw new Error("gone");
        return file.text;
      },
      watch(_path, changed) {
        file.changed = changed;
        file.isWatched = true;
        return {
          close() {
            file.isWatched = false;
          },
        };
      },
    };
    return file;
  }

  it("is taken over when it changes; a bad one leaves the policy before in force", async () => {
    const file = createFile(policyFor("/a.B/C"));
    const warnings: unknown[] = [];
    const log: Log = {
      ...silentLog,
      warn: (text, fields) => warnings.push([text, fields?.reason]),
    };
    const clock = new FakeClock();
    const policy = await openWatchedFile(file, "policy.json", { clock, log, pollMs: 100 });
    const guard = authorize({ policy });
    const outcome = async (): Promise<Code[]> => [
      await codeOf(guard, callOf("/a.B/C")),
      await codeOf(guard, callOf("/a.B/D")),
    ];
    expect(await outcome()).toEqual([Code.OK, Code.PERMISSION_DENIED]);

    file.text = policyFor("/a.B/D");
    file.changed();
    await policy.check();
    expect(await outcome()).toEqual([Code.PERMISSION_DENIED, Code.OK]);

    file.text = '{"name":';
    await policy.check();
    file.text = "";
    await policy.check();
    await policy.check();
    expect(await outcome()).toEqual([Code.PERMISSION_DENIED, Code.OK]);
    expect(warnings).toEqual([
      [expect.stringContaining("cannot be used"), expect.stringContaining("it is not JSON")],
      [expect.stringContaining("cannot be read"), "gone"],
    ]);

    file.text = policyFor("/a.B/C");
    clock.advance(100);
    await policy.check();
    expect(await outcome()).toEqual([Code.OK, Code.PERMISSION_DENIED]);

    policy.close();
    expect(file.isWatched).toBe(false);
    file.text = policyFor("/a.B/D");
    await policy.check();
    expect(await outcome()).toEqual([Code.OK, Code.PERMISSION_DENIED]);
  });

  it("must be there at first", async () => {
    await expect(openWatchedFile(createFile(""), "x")).rejects.toThrow("gone");
    await expect(openWatchedFile(createFile("a"), "x", { pollMs: 0 })).rejects.toThrow(UsageError);
  });
});
