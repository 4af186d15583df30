// Credentials that go with each call, beside those of the channel: tokens and keys in metadata.
import { describeValue, Metadata, type MetadataInit, UsageError } from "@trunkline/core";

/** What credentials may know about the call that they are for. */
export interface CredentialsCall {
  /** `https://host/package.Service`: what tokens that are signed for one service are signed for (their audience). */
  readonly serviceUrl: string;
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Aborted when the call ends. */
  readonly signal: AbortSignal;
}

/** Gives the metadata that says who makes a call. */
export interface CallCredentials {
  /**
   * Asked once for each call; its attempts share the answer. Calls wait for a promise, until their deadline at most.
   * Throwing an `RpcError` fails the call with its code, anything else fails it with UNAVAILABLE.
   */
  metadataFor(call: CredentialsCall): MetadataInit | Promise<MetadataInit>;
}

/** A token, or a function that gives the one to use now. */
export type TokenSource = string | ((call: CredentialsCall) => string | Promise<string>);

/**
 * Sends `authorization: Bearer <token>`.
 * @throws {UsageError} for a token that cannot stand in a header.
 * @example
 * createChannel(target, { credentials: tlsChannelCredentials(), callCredentials: bearerToken(token) });
 */
export function bearerToken(token: TokenSource): CallCredentials {
  if (typeof token === "string") {
    const metadata = toBearer(token);
    return { metadataFor: () => metadata };
  }
  return {
    metadataFor(call) {
      const given = token(call);
      return typeof given === "string" ? toBearer(given) : given.then(toBearer);
    },
  };
}

/** What `bearerToken` sends. @throws {UsageError} that does not quote the token. */
export function toBearer(token: string): { readonly authorization: string } {
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError("a bearer token must be a text of printable ASCII without spaces");
  }
  return { authorization: `Bearer ${token}` };
}

/** Sends the metadata of several credentials; where two have the same name, the later ones count. */
export function combineCallCredentials(...all: readonly CallCredentials[]): CallCredentials {
  return {
    async metadataFor(call) {
      const parts = await Promise.all(all.map(async (one) => await one.metadataFor(call)));
      return mergeLater(parts);
    },
  };
}

function mergeLater(parts: readonly MetadataInit[]): Metadata {
  const merged = new Metadata();
  for (const part of parts) {
    const own = new Metadata(part);
    for (const [name] of own) merged.delete(name);
    merged.merge(own);
  }
  return merged;
}

/** @throws {UsageError} when it is none. */
export function checkCredentials(value: unknown): void {
  const { metadataFor } = (value ?? {}) as Partial<CallCredentials>;
  if (typeof metadataFor === "function") return;
  throw new UsageError(
    `option callCredentials is ${describeValue(value)}; it must have a method metadataFor`,
  );
}
