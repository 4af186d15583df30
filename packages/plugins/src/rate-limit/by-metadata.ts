// Counts calls by a field of their metadata: a tenant, say, or credentials that somebody else will check.
import type { CallKey } from "@trunkline/server/limits";
import { digestOf } from "../authentication/node/digest.js";

/**
 * Counts calls by what the client has put into a field of its metadata: `x-tenant:sha256:...`. The value itself, which may be a
 * secret, is neither kept nor shown. It proves nothing: clients that make up values get a bucket for each, so use it for
 * values that something in front of this server has checked.
 */
export function byMetadata(name: string): CallKey {
  const field = name.toLowerCase();
  return (call) => {
    const value: string | Uint8Array | undefined = call.metadata.get(field);
    if (value === undefined) return undefined;
    const text = typeof value === "string" ? value : Buffer.from(value).toString("base64");
    return `${field}:sha256:${digestOf(text)}`;
  };
}
