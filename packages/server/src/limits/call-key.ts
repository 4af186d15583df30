// Whose call it is, for limits that hold for each caller: the keys that calls are counted under.
import type { DescMethod } from "@bufbuild/protobuf";
import { methodPath, type Principal, principal } from "@trunkline/core";
import type { ServerCall } from "../dispatch/server-call.js";

/**
 * Tells under which name a call is counted. undefined: nobody knows; all such calls are counted together. false: the
 * call is not counted at all. The name is shown to the caller and to whoever hears of refusals, so it must be no secret.
 */
export type CallKey = (call: ServerCall) => string | undefined | false;

const ofPrincipal = new WeakMap<Principal, string>();
const ofMethod = new WeakMap<DescMethod, string>();

/** The caller, as `authenticate` has found out: `jwt:https://login.example/alice`, `mtls:spiffe://...`. */
export function byPrincipal(): CallKey {
  return (call) => {
    const who = call.context.get(principal);
    if (who === undefined) return undefined;
    let key = ofPrincipal.get(who);
    if (key === undefined) {
      const { kind, issuer, name } = who;
      key = issuer === undefined ? `${kind}:${name}` : `${kind}:${issuer}/${name}`;
      ofPrincipal.set(who, key);
    }
    return key;
  };
}

/** The API key that the call was made with, by the id that the plugin `api-key` knows it by: `api-key:7f3a`. */
export function byApiKey(): CallKey {
  return (call) => {
    const who = call.context.get(principal);
    const found =
      who?.kind === "api-key" ? who : who?.others.find(({ kind }) => kind === "api-key");
    const id = found?.claims.keyId ?? found?.name;
    return id === undefined ? undefined : `api-key:${String(id)}`;
  };
}

/** The method: `/package.Service/Method`. A limit for each of several methods rather than for all together. */
export function byMethod(): CallKey {
  return ({ method }) => {
    let path = ofMethod.get(method);
    if (path === undefined) {
      path = methodPath(method);
      ofMethod.set(method, path);
    }
    return path;
  };
}

/** The first key that is known: the caller, say, or else the address. */
export function firstKnown(...keys: readonly CallKey[]): CallKey {
  return (call) => {
    for (const key of keys) {
      const found = key(call);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** All keys together: each caller for each method, say. Not counted when one of them says so; what is not known is `-`. */
export function together(...keys: readonly CallKey[]): CallKey {
  return (call) => {
    const found: string[] = [];
    for (const key of keys) {
      const part = key(call);
      if (part === false) return false;
      found.push(part ?? "-");
    }
    return found.join(" ");
  };
}
