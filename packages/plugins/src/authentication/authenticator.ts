// The port of authentication: what finds out from a call who makes it.
import type { Principal } from "@trunkline/core";
import type { ServerCall } from "@trunkline/server";

/** Finds out who makes a call. */
export interface Authenticator {
  /** What it looks for, to complete "expected ...": `a bearer token in the metadata authorization`. */
  readonly expects: string;
  /**
   * @returns the principal; undefined when the call has no credentials of the kind that it looks for. A promise only
   * where it has to wait, for each costs time.
   * @throws {RpcError} UNAUTHENTICATED when there are credentials and they are no good; UNAVAILABLE when nobody can tell
   * right now. Texts go to the client: they say what is wrong, and never quote credentials.
   */
  authenticate(call: ServerCall): Principal | undefined | Promise<Principal | undefined>;
}
