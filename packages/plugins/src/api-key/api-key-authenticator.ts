// Believes API keys that it knows the hashes of.
import {
  type Clock,
  Code,
  checkArray,
  type Principal,
  RpcError,
  systemClock,
  UsageError,
} from "@trunkline/core";
import type { ServerCall } from "@trunkline/server";
import type { Authenticator } from "../authentication/authenticator.js";
import { digestOf } from "../authentication/node/digest.js";
import { PeerMemo } from "../authentication/peer-memo.js";
import type { ApiKeyRecord } from "./api-key.js";
import { KeyRing } from "./key-ring.js";

/** Options of `createApiKeyAuthenticator`. */
export interface ApiKeyAuthenticatorOptions {
  /** The keys that are good. */
  readonly keys: readonly ApiKeyRecord[];
  /**
   * The metadata that may have the key; the first that is there counts. `authorization` has it as `ApiKey <key>`, the others have
   * it alone. Default `x-api-key`.
   */
  readonly metadataNames?: readonly string[] | undefined;
  /** What expiry is measured with; for tests. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** Believes API keys. */
export interface ApiKeyAuthenticator extends Authenticator {
  /**
   * Takes other keys from the next call on: rotation is a list with the old and the new one, then one without the old one.
   * @throws {UsageError} when they cannot be used; those before stay.
   */
  setKeys(keys: readonly ApiKeyRecord[]): void;
}

/**
 * Believes API keys, of which it has hashes alone. Principals are of the kind `api-key`; `claims.keyId` is the id of the key.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * const { key, record } = createApiKey({ name: "billing" });
 * const apiKeys = createApiKeyAuthenticator({ keys: [record] });
 */
export function createApiKeyAuthenticator(
  options: ApiKeyAuthenticatorOptions,
): ApiKeyAuthenticator {
  return new KeyAuthenticator(options);
}

class KeyAuthenticator implements ApiKeyAuthenticator {
  readonly expects: string;
  readonly #names: readonly string[];
  readonly #clock: Clock;
  readonly #memo = new PeerMemo();
  #ring: KeyRing;
  #generation = 0;

  constructor({ keys, metadataNames = ["x-api-key"], clock }: ApiKeyAuthenticatorOptions) {
    checkArray("metadataNames", metadataNames);
    if (metadataNames.length === 0) throw new UsageError("option metadataNames is empty");
    this.#names = metadataNames.map((name) => name.toLowerCase());
    this.#clock = clock ?? systemClock;
    this.#ring = new KeyRing(keys);
    this.expects = `an API key in the metadata ${this.#names.join(" or ")}`;
  }

  setKeys(keys: readonly ApiKeyRecord[]): void {
    this.#ring = new KeyRing(keys);
    this.#generation += 1;
  }

  authenticate(call: ServerCall): Principal | undefined {
    const key = this.#readKey(call);
    if (key === undefined) return undefined;
    const nowMs = this.#clock.now();
    const generation = this.#generation;
    const known = this.#memo.find(call.peer, key);
    if (known !== undefined && known.generation === generation && nowMs < known.untilMs) {
      return known.principal;
    }
    const found = this.#find(key, nowMs);
    const untilMs = found.expiresAtMs ?? Infinity;
    this.#memo.remember(call.peer, key, { principal: found, untilMs, generation });
    return found;
  }

  #readKey(call: ServerCall): string | undefined {
    for (const name of this.#names) {
      const values = call.metadata.getAll(name);
      const value: unknown = values[0];
      if (values.length > 1 || value instanceof Uint8Array) {
        throw refused(`the metadata ${name} must be there once, as text`);
      }
      const text = value as string | undefined;
      const key = name === "authorization" ? /^apikey +([^ ]+)$/i.exec(text ?? "")?.[1] : text;
      if (key !== undefined) return key;
    }
    return undefined;
  }

  #find(key: string, nowMs: number): Principal {
    const entry = this.#ring.find(`sha256:${digestOf(key)}`);
    if (entry === undefined) throw refused("the API key is not known here");
    const { notBeforeMs = -Infinity, expiresAtMs = Infinity } = entry.record;
    if (nowMs < notBeforeMs) throw refused("the API key is not valid yet");
    if (nowMs >= expiresAtMs) throw refused("the API key has expired");
    return entry.principal;
  }
}

function refused(reason: string): RpcError {
  return new RpcError(Code.UNAUTHENTICATED, `not authenticated: ${reason}`);
}
