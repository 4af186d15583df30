// Who makes a call, once somebody has made sure of it: what plugins for authentication tell those that decide and log.
import { type ContextKey, createContextKey } from "./context-values.js";

/** Somebody whose identity was verified: a user, a service, a machine. */
export interface Principal {
  /** How the identity was proved: `jwt`, `api-key`, `mtls`, or a name of one's own. */
  readonly kind: string;
  /** The name, unique among those of one `kind` and `issuer`: the subject of a token, the id of a key, a SPIFFE id. */
  readonly name: string;
  /** Who vouches for the name: the `iss` of a token, the SPIFFE trust domain; undefined where that is the server itself. */
  readonly issuer: string | undefined;
  /** What the credentials may be used for (OAuth 2.0 scopes); empty when nothing is said. */
  readonly scopes: readonly string[];
  /** What the principal is; empty when nothing is said. */
  readonly roles: readonly string[];
  /** Everything else that the credentials say: the claims of a token, the attributes of a key. Never the credentials themselves. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** When the credentials expire, in milliseconds since 1970; undefined: never, or nobody knows. */
  readonly expiresAtMs: number | undefined;
  /** Further identities of the same caller, where several were demanded (`allOf`); usually empty. */
  readonly others: readonly Principal[];
}

/**
 * Who makes a call. Authenticating interceptors set it; authorization, rate limits and logs read it.
 * undefined: nobody has made sure of it, as in calls to public methods.
 * @example
 * const who = call.context.get(principal);
 * if (!who?.roles.includes("admin")) throw new RpcError(Code.PERMISSION_DENIED, "admins only");
 */
export const principal: ContextKey<Principal | undefined> = /*@__PURE__*/ createContextKey<
  Principal | undefined
>(undefined, { description: "principal" });

/** A principal with everything that is not said left empty. */
export function createPrincipal(
  known: Pick<Principal, "kind" | "name"> & Partial<Principal>,
): Principal {
  return {
    issuer: undefined,
    scopes: [],
    roles: [],
    claims: {},
    expiresAtMs: undefined,
    others: [],
    ...known,
  };
}
