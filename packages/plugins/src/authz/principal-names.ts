// The names that the principals of a policy are held against.
import { type Principal, principal } from "@trunkline/core";
import type { ClientTlsPeer, ServerCall } from "@trunkline/server";

/** Gives the names of a caller; see `AuthorizationRequest`. */
export type PrincipalNames = (call: ServerCall) => readonly string[] | undefined;

/**
 * What gRFC A43 has: of the client's certificate the URIs, then the DNS names, then the subject (`CN=a,O=b`). Nothing over
 * plaintext; no name without a certificate that the server trusts.
 */
export const certificateNames: PrincipalNames = (call) => {
  const { tls } = call.peer;
  return tls === undefined ? undefined : namesOf(tls);
};

const known = new WeakMap<ClientTlsPeer, readonly string[]>();

function namesOf(tls: ClientTlsPeer): readonly string[] {
  let names = known.get(tls);
  if (names === undefined) {
    const all = [...tls.uriNames, ...tls.dnsNames, tls.subjectName ?? ""];
    names = tls.authorized ? all.filter((name) => name !== "") : [];
    known.set(tls, names);
  }
  return names;
}

/**
 * Of the principal that `authenticate` has found: `jwt:alice`, `api-key:billing`, `mtls:spiffe://domain/path`, and the same for
 * `others`; with its roles as `role:admin` and its scopes as `scope:read`. No name for a caller that nobody knows.
 */
export const authenticatedNames: PrincipalNames = (call) => {
  const who = call.context.get(principal);
  if (who === undefined) return nobody;
  let names = knownPrincipals.get(who);
  if (names === undefined) {
    names = namesOfPrincipal(who);
    knownPrincipals.set(who, names);
  }
  return names;
};

const nobody: readonly string[] = [];

/** Callers that are remembered have the same principal with each call. */
const knownPrincipals = new WeakMap<Principal, readonly string[]>();

function namesOfPrincipal(who: Principal): readonly string[] {
  const all = [who, ...who.others];
  return [
    ...all.map(({ kind, name }) => `${kind}:${name}`),
    ...all.flatMap(({ roles }) => roles.map((role) => `role:${role}`)),
    ...all.flatMap(({ scopes }) => scopes.map((scope) => `scope:${scope}`)),
  ];
}
