// Policies: what they match, in which order, and which of them are refused.
import { Metadata, UsageError } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { type AuthorizationRequest, createPolicyEngine } from "./policy-engine.js";
import { compilePattern } from "./text-pattern.js";

describe("patterns", () => {
  it.each([
    ["abc", "abc", true],
    ["abc", "abcd", false],
    ["abc", "ABC", false],
    ["abc*", "abc", true],
    ["abc*", "abcd", true],
    ["abc*", "xabc", false],
    ["*abc", "abc", true],
    ["*abc", "xabc", true],
    ["*abc", "abcd", false],
    ["*", "a", true],
    ["*", "", false],
    ["", "", true],
    ["", "a", false],
    ["a*c", "abc", false],
    ["a*c", "a*c", true],
  ])("%j on %j: %s", (pattern, value, expected) => {
    expect(compilePattern(pattern)(value)).toBe(expected);
  });
});

/** The example of gRFC A43. */
const example = {
  name: "example-policy",
  allow_rules: [
    {
      name: "admin-access",
      source: { principals: ["spiffe://foo.com/sa/admin1", "spiffe://foo.com/sa/admin2"] },
      request: { paths: ["/pkg.service/*"] },
    },
    {
      name: "dev-access",
      source: { principals: ["*", ""] },
      request: {
        paths: ["/pkg.service/foo", "/pkg.service/bar"],
        headers: [{ key: "dev-path", values: ["/dev/path/*"] }],
      },
    },
  ],
  deny_rules: [{ name: "deny-access", request: { paths: ["*/secret"] } }],
};

function request(
  path: string,
  names?: readonly string[],
  metadata: Record<string, string | string[]> = {},
): AuthorizationRequest {
  return { path, names, metadata: new Metadata(metadata) };
}

describe("decisions", () => {
  const admin = ["spiffe://foo.com/sa/admin1", "CN=a"];
  const dev = { "dev-path": "/dev/path/x" };

  it.each<[AuthorizationRequest, boolean, string]>([
    [request("/pkg.service/any", admin), true, "admin-access"],
    [request("/pkg.service/secret", admin), false, "deny-access"],
    [request("/other.service/secret", admin), false, "deny-access"],
    [request("/other.service/any", admin), false, ""],
    [request("/pkg.service/any", ["spiffe://foo.com/sa/admin12"]), false, ""],
    [request("/pkg.service/foo", ["somebody"], dev), true, "dev-access"],
    [request("/pkg.service/foo", [], dev), true, "dev-access"],
    [request("/pkg.service/foo", undefined, dev), false, ""],
    [request("/pkg.service/foo", ["somebody"]), false, ""],
    [request("/pkg.service/foo", ["somebody"], { "dev-path": "/dev" }), false, ""],
    [request("/pkg.service/Foo", ["somebody"], dev), false, ""],
    [request("/pkg.service/foo/", ["somebody"], dev), false, ""],
    [request("//pkg.service/foo", ["somebody"], dev), false, ""],
    [request("/pkg.service/fo%6f", ["somebody"], dev), false, ""],
  ])("%j: %s by %j", (about, isAllowed, rule) => {
    expect(createPolicyEngine(JSON.stringify(example)).decide(about)).toEqual({ isAllowed, rule });
  });

  it("match anything by rules that say nothing", () => {
    const allow_rules = [{ name: "all" }];
    const open = createPolicyEngine({ name: "p", allow_rules });
    expect(open.decide(request("/a/b"))).toEqual({ isAllowed: true, rule: "all" });
    const shut = createPolicyEngine({
      name: "p",
      allow_rules,
      deny_rules: [{ name: "none", source: {}, request: { paths: [] } }],
    });
    expect(shut.decide(request("/a/b"))).toEqual({ isAllowed: false, rule: "none" });
  });

  it("take several values of a header for one, and all headers of a rule", () => {
    const headers = [
      { key: "A", values: ["1,2"] },
      { key: "b", values: ["x", "*"] },
    ];
    const { decide } = createPolicyEngine({
      name: "p",
      allow_rules: [{ name: "r", request: { headers } }],
    });
    expect(decide(request("/a/b", [], { a: ["1", "2"], b: "y" })).isAllowed).toBe(true);
    expect(decide(request("/a/b", [], { a: ["1", "2"] })).isAllowed).toBe(false);
    expect(decide(request("/a/b", [], { a: "1", b: "y" })).isAllowed).toBe(false);
    expect(decide(request("/a/b", [], { a: ["1", "2"], b: "" })).isAllowed).toBe(false);
  });
});

describe("policies that are refused", () => {
  const rule = (part: object): object => ({ name: "p", allow_rules: [{ name: "r", ...part }] });
  const header = (key: string, values: unknown = ["a"]): object =>
    rule({ request: { headers: [{ key, values }] } });

  it.each<[string | object, string]>([
    ["{", "it is not JSON"],
    ["[]", "policy must be an object"],
    [{ allow_rules: [{ name: "r" }] }, "name must be a text"],
    [{ name: "p" }, "allow_rules must be a list"],
    [{ name: "p", allow_rules: [] }, "allow_rules must have a rule or more"],
    [{ ...rule({}), extra: 1 }, "policy has extra, which is not known"],
    [{ ...rule({}), deny_rules: {} }, "deny_rules must be a list"],
    [{ name: "p", allow_rules: [{}] }, "allow_rules[0].name must be a text"],
    [
      { name: "p", allow_rules: [{ name: "r" }, { name: "r" }] },
      'allow_rules has two rules named "r"',
    ],
    [rule({ sources: {} }), "allow_rules[0] has sources, which is not known"],
    [rule({ source: { principal: [] } }), "allow_rules[0].source has principal"],
    [rule({ source: { principals: "a" } }), "allow_rules[0].source.principals must be a list"],
    [rule({ request: { paths: [1] } }), "allow_rules[0].request.paths must be a list of texts"],
    [rule({ request: { methods: [] } }), "allow_rules[0].request has methods"],
    ...[":path", "grpc-timeout", "Host", "connection", "TE", "content-type"].map(
      (key): [object, string] => [header(key), "cannot be matched"],
    ),
    ...["a b", "a:", "\u00e4", "a\n"].map((key): [object, string] => [
      header(key),
      "is no metadata name",
    ]),
    [header("a-bin"), "is binary"],
    [header("a", []), "values must have a value or more"],
    [header("a", null), "values must be a list"],
    [
      { ...rule({}), audit_logging_options: { audit_condition: "ALWAYS" } },
      "audit_condition must be one of",
    ],
    [
      { ...rule({}), audit_logging_options: { audit_loggers: [{}] } },
      "audit_loggers[0].name must be a text",
    ],
    [
      { ...rule({}), audit_logging_options: { audit_loggers: [{ name: "a", config: 1 }] } },
      "config must be an object",
    ],
    [
      { ...rule({}), audit_logging_options: { audit_loggers: [{ name: "a", is_optional: 1 }] } },
      "is_optional must be",
    ],
  ])("%j: %s", (policy, message) => {
    expect(() => createPolicyEngine(policy)).toThrow(UsageError);
    expect(() => createPolicyEngine(policy)).toThrow(message);
  });

  it("are not those with audits, whichever way they are spelt", () => {
    for (const name of ["audit_loggers", "audit_logger"]) {
      const audit_logging_options = {
        audit_condition: "ON_DENY",
        [name]: [{ name: "stdout_logger" }],
      };
      const { document } = createPolicyEngine({ ...rule({}), audit_logging_options });
      expect(document).toMatchObject({
        auditCondition: "ON_DENY",
        auditLoggers: [{ name: "stdout_logger", config: {}, isOptional: false }],
      });
    }
  });
});
