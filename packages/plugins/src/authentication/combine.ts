// Authenticators made of others: any of them is enough, or all of them are needed.
import { Code, type Principal, RpcError, UsageError } from "@trunkline/core";
import type { ServerCall } from "@trunkline/server";
import type { Authenticator } from "./authenticator.js";

/**
 * Credentials of one kind are enough: the first authenticator, in this order, that knows who it is decides. Bad ones are
 * passed over while others are good; when none is, the call fails with what the first bad ones lacked.
 * @throws {UsageError} without authenticators.
 * @example
 * anyOf(createMtlsAuthenticator(), createJwtAuthenticator({ issuer, audience, keys }))
 */
export function anyOf(...authenticators: readonly Authenticator[]): Authenticator {
  checkAuthenticators("anyOf", authenticators);
  return {
    expects: authenticators.map(({ expects }) => expects).join(", or "),
    authenticate: (call) => tryFrom(authenticators, 0, call, undefined),
  };
}

type Answer = Principal | undefined | Promise<Principal | undefined>;

/** Asks one after the other, and waits only for those that make it wait. */
function tryFrom(
  authenticators: readonly Authenticator[],
  first: number,
  call: ServerCall,
  failure: unknown,
): Answer {
  let worst = failure;
  for (let at = first; at < authenticators.length; at++) {
    try {
      const answer = authenticators[at]!.authenticate(call);
      if (answer instanceof Promise) {
        const goOn = (error: unknown): Answer =>
          tryFrom(authenticators, at + 1, call, worseOf(worst, error));
        return answer.then((found) => found ?? goOn(undefined), goOn);
      }
      if (answer !== undefined) return answer;
    } catch (error) {
      worst = worseOf(worst, error);
    }
  }
  if (worst === undefined) return undefined;
  throw worst;
}

/** The first failure counts, but one that may pass goes before credentials that are bad for good. */
function worseOf(known: unknown, next: unknown): unknown {
  if (known === undefined) return next;
  const isBad = (error: unknown): boolean =>
    error instanceof RpcError && error.code === Code.UNAUTHENTICATED;
  return next !== undefined && isBad(known) && !isBad(next) ? next : known;
}

/**
 * Credentials of every kind are needed: a certificate and a token, say. The principal is that of the first
 * authenticator, with those of the rest in `others`; it expires when the first of them does.
 * @throws {UsageError} without authenticators.
 */
export function allOf(...authenticators: readonly Authenticator[]): Authenticator {
  checkAuthenticators("allOf", authenticators);
  const expects = authenticators.map((one) => one.expects).join(", and ");
  return { expects, authenticate: (call) => askAll(authenticators, call) };
}

async function askAll(
  authenticators: readonly Authenticator[],
  call: ServerCall,
): Promise<Principal | undefined> {
  const found: Principal[] = [];
  for (const one of authenticators) {
    const answer = await one.authenticate(call);
    if (answer === undefined) {
      if (found.length === 0) return undefined;
      throw new RpcError(Code.UNAUTHENTICATED, `not authenticated: also expected ${one.expects}`);
    }
    found.push(answer);
  }
  return combine(found);
}

function combine([first, ...others]: readonly Principal[]): Principal | undefined {
  if (first === undefined) return undefined;
  const ends = [first, ...others].map(({ expiresAtMs }) => expiresAtMs ?? Infinity);
  const end = Math.min(...ends);
  return {
    ...first,
    others: [...first.others, ...others],
    expiresAtMs: end === Infinity ? undefined : end,
  };
}

/** @throws {UsageError} when one of them is none. */
export function checkAuthenticators(where: string, authenticators: readonly unknown[]): void {
  if (authenticators.length === 0) throw new UsageError(`${where} needs an authenticator or more`);
  for (const one of authenticators) {
    if (typeof (one as Partial<Authenticator> | undefined)?.authenticate !== "function") {
      throw new UsageError(`${where} takes authenticators: objects with a method authenticate`);
    }
  }
}
