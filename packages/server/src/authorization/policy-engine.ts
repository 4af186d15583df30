// Decides by a policy whether a call is allowed (gRFC A43): deny rules first, then allow rules, else no.
import type { Metadata } from "@trunkline/core";
import { type PolicyDocument, type PolicyRule, readPolicy } from "./policy-json.js";
import { compilePattern, type TextPattern } from "./text-pattern.js";

/** What a decision is about. */
export interface AuthorizationRequest {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Request metadata. */
  readonly metadata: Metadata;
  /**
   * The names of the caller. Empty: it has shown none, which the principal `""` alone matches. undefined: there is no way to
   * know, as over plaintext; then no principal matches.
   */
  readonly names: readonly string[] | undefined;
}

/** A decision, and the rule that it follows from. */
export interface AuthorizationDecision {
  /** Whether the call may go on. */
  readonly isAllowed: boolean;
  /** The name of the rule; `""` when none matched, which denies. */
  readonly rule: string;
}

/** A policy that calls can be held against. */
export interface PolicyEngine {
  /** The policy as it was read. */
  readonly document: PolicyDocument;
  /** Decides about one call. */
  decide(request: AuthorizationRequest): AuthorizationDecision;
}

type Matcher = (request: AuthorizationRequest) => boolean;

interface CompiledRule {
  readonly matches: Matcher;
  readonly decision: AuthorizationDecision;
}

const noRule: AuthorizationDecision = Object.freeze({ isAllowed: false, rule: "" });

/**
 * Compiles a policy: JSON text, or what it parses to.
 * @throws {UsageError} that says where the policy is wrong.
 */
export function createPolicyEngine(policy: string | object): PolicyEngine {
  const document = readPolicy(policy);
  const rules = [
    ...document.denyRules.map((rule) => compileRule(rule, false)),
    ...document.allowRules.map((rule) => compileRule(rule, true)),
  ];
  return {
    document,
    decide(request) {
      for (const { matches, decision } of rules) {
        if (matches(request)) return decision;
      }
      return noRule;
    },
  };
}

function compileRule(rule: PolicyRule, isAllowed: boolean): CompiledRule {
  const parts: Matcher[] = [
    ...matchPaths(rule.paths),
    ...matchPrincipals(rule.principals),
    ...rule.headers.map(matchHeader),
  ];
  const decision = Object.freeze({ isAllowed, rule: rule.name });
  return { matches: (request) => parts.every((matches) => matches(request)), decision };
}

function matchPaths(paths: readonly string[]): Matcher[] {
  if (paths.length === 0) return [];
  const fits = anyPattern(paths);
  return [({ path }) => fits(path)];
}

function matchPrincipals(principals: readonly string[]): Matcher[] {
  if (principals.length === 0) return [];
  const fits = anyPattern(principals);
  const takesNobody = principals.includes("");
  return [
    ({ names }) => {
      if (names === undefined) return false;
      return names.length === 0 ? takesNobody : names.some(fits);
    },
  ];
}

function matchHeader({ key, values }: PolicyRule["headers"][number]): Matcher {
  const fits = anyPattern(values);
  return ({ metadata }) => metadata.has(key) && fits(metadata.getAll(key).join(","));
}

function anyPattern(patterns: readonly string[]): TextPattern {
  const compiled = patterns.map(compilePattern);
  return (value) => compiled.some((fits) => fits(value));
}
