// Believes clients whose certificate a trusted CA vouches for.
import { createPrincipal, type Principal, UsageError } from "@trunkline/core";
import type { ClientTlsPeer } from "@trunkline/server";
import type { Authenticator } from "../authentication/authenticator.js";

/** Options of `createMtlsAuthenticator`. */
export interface MtlsAuthenticatorOptions {
  /**
   * Only SPIFFE ids of these trust domains (`example.org`) are believed; certificates without one are not. Default: any
   * certificate that one of the server's CAs vouches for.
   */
  readonly trustDomains?: readonly string[] | undefined;
  /**
   * The principal's name; undefined refuses the certificate. Default: the SPIFFE id, else the first URI, else the first
   * DNS name, else the common name of the subject.
   */
  readonly nameOf?: ((tls: ClientTlsPeer) => string | undefined) | undefined;
  /** The roles of a certificate. Default: none. */
  readonly rolesOf?: ((tls: ClientTlsPeer) => readonly string[]) | undefined;
}

/**
 * Believes the certificate of mutual TLS: `tlsServerCredentials({ ca, ... })` has clients asked for one. Principals are of
 * the kind `mtls`; their claims are `subject`, `subjectAltNames`, `spiffeId` and `fingerprint256`. Calls over plaintext, and
 * clients with no certificate or one that nobody vouches for, have no credentials of this kind.
 * @throws {UsageError} when `trustDomains` is an empty list.
 */
export function createMtlsAuthenticator(options: MtlsAuthenticatorOptions = {}): Authenticator {
  const { trustDomains } = options;
  if (trustDomains?.length === 0) {
    throw new UsageError("option trustDomains is empty: no certificate would be believed");
  }
  // A connection keeps its certificate: what is known of it is worked out once.
  const known = new WeakMap<ClientTlsPeer, Principal | null>();
  return {
    expects: "a client certificate that the server trusts",
    authenticate({ peer: { tls } }) {
      if (tls === undefined || !tls.authorized) return undefined;
      let found = known.get(tls);
      if (found === undefined) {
        found = identify(tls, options) ?? null;
        known.set(tls, found);
      }
      return found ?? undefined;
    },
  };
}

function identify(tls: ClientTlsPeer, options: MtlsAuthenticatorOptions): Principal | undefined {
  const { trustDomains, nameOf = usualName, rolesOf } = options;
  const domain = tls.spiffeId?.split("/")[2];
  if (trustDomains !== undefined && !(domain !== undefined && trustDomains.includes(domain))) {
    return undefined;
  }
  const name = nameOf(tls);
  if (name === undefined || name === "") return undefined;
  const { subject, subjectAltNames, spiffeId, fingerprint256 } = tls;
  return createPrincipal({
    kind: "mtls",
    name,
    issuer: domain,
    roles: rolesOf?.(tls) ?? [],
    claims: { subject, subjectAltNames, spiffeId, fingerprint256 },
  });
}

function usualName(tls: ClientTlsPeer): string | undefined {
  return tls.spiffeId ?? tls.uriNames[0] ?? tls.dnsNames[0] ?? tls.commonName;
}
