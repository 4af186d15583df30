// The key set of an issuer: fetched when needed, refreshed in the background, and never more often than is good for it.
import { type Clock, Code, Deferred, type Log, RpcError, UsageError } from "@trunkline/core";
import { createLocalJWKSet, errors, type JWTVerifyGetKey } from "jose";
import type { JwksUrl } from "./jwt-options.js";
import { inRange } from "./jwt-options.js";
import { checkKeySet, choosePublic, type KeySource } from "./key-source.js";

/** Longest key set, bytes. */
const maxBytes = 1_048_576;
/** Tokens with unknown keys that may wait for a fetch: whoever makes up key ids must not take the place of others. */
const maxWaiting = 100;
/** Least time between two fetches while there are no keys at all, milliseconds; doubles with each failure. */
const firstRetryMs = 1000;

type FoundKey = Awaited<ReturnType<JWTVerifyGetKey>>;
type LocalKeys = ReturnType<typeof createLocalJWKSet>;

/** What it works with. */
export interface JwksContext {
  readonly clock: Clock;
  readonly log: Log;
}

/** See the file's first line. */
export class JwksSource implements KeySource {
  readonly algorithms: readonly string[];
  generation = 0;
  readonly find: JWTVerifyGetKey = (header, token) => this.#find(header, token);
  readonly #settings: JwksUrl;
  readonly #context: JwksContext;
  readonly #refreshMs: number;
  readonly #maxAgeMs: number;
  readonly #cooldownMs: number;
  readonly #timeoutMs: number;
  #keys: LocalKeys | undefined;
  #text = "";
  #fetchedAt = -Infinity;
  #triedAt = -Infinity;
  #loading: Promise<void> | undefined;
  #waiting = 0;
  /** Fetches that have failed, one after the other. */
  #failures = 0;

  /** @throws {UsageError} when the settings cannot be used. */
  constructor(settings: JwksUrl, wanted: readonly string[] | undefined, context: JwksContext) {
    this.algorithms = choosePublic(wanted);
    this.#settings = settings;
    this.#context = context;
    this.#refreshMs = inRange("refreshMs", settings.refreshMs ?? 600_000, 1);
    const usualAge = Math.max(86_400_000, this.#refreshMs);
    this.#maxAgeMs = inRange("maxAgeMs", settings.maxAgeMs ?? usualAge, this.#refreshMs);
    this.#cooldownMs = inRange("cooldownMs", settings.cooldownMs ?? 30_000, 1);
    this.#timeoutMs = inRange("timeoutMs", settings.timeoutMs ?? 5000, 1);
    checkUrl(settings);
  }

  async #find(...[header, token]: Parameters<JWTVerifyGetKey>): Promise<FoundKey> {
    const keys = await this.#current();
    try {
      return await keys(header, token);
    } catch (error) {
      // A key that nobody knows may be new. Whoever makes up key ids makes us ask once in a while, no more.
      const isPatient = this.#waiting < maxWaiting && this.#mayLoad();
      if (!(error instanceof errors.JWKSNoMatchingKey && isPatient)) throw error;
      return await this.#findNew(header, token);
    }
  }

  async #findNew(...[header, token]: Parameters<JWTVerifyGetKey>): Promise<FoundKey> {
    this.#waiting++;
    try {
      await this.#load();
    } finally {
      this.#waiting--;
    }
    return await this.#keys!(header, token);
  }

  async #current(): Promise<LocalKeys> {
    const age = this.#context.clock.now() - this.#fetchedAt;
    if (this.#keys !== undefined && age < this.#maxAgeMs) {
      if (age >= this.#refreshMs && this.#mayLoad()) void this.#load();
      return this.#keys;
    }
    if (this.#mayLoad()) await this.#load();
    const isFresh = this.#context.clock.now() - this.#fetchedAt < this.#maxAgeMs;
    if (this.#keys === undefined || !isFresh) {
      throw new RpcError(Code.UNAVAILABLE, "the keys that tokens are verified with are not there");
    }
    return this.#keys;
  }

  #mayLoad(): boolean {
    const since = this.#context.clock.now() - this.#triedAt;
    return this.#loading !== undefined || since >= this.#pauseMs();
  }

  /** An issuer that starts later than the server is not waited for longer than need be. */
  #pauseMs(): number {
    if (this.#keys !== undefined) return this.#cooldownMs;
    return Math.min(this.#cooldownMs, firstRetryMs * 2 ** Math.min(this.#failures - 1, 20));
  }

  /** Fetches once for all who wait; never rejects: the keys that are there stay in use. */
  #load(): Promise<void> {
    this.#loading ??= this.#fetch().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #fetch(): Promise<void> {
    this.#triedAt = this.#context.clock.now();
    try {
      const text = await fetchText(this.#settings, this.#timeoutMs, this.#context.clock);
      if (text !== this.#text) {
        this.#keys = createLocalJWKSet(checkKeySet(JSON.parse(text)));
        this.#text = text;
        this.generation += 1;
      }
      this.#fetchedAt = this.#context.clock.now();
      this.#failures = 0;
    } catch (cause) {
      this.#failures += 1;
      const kept = this.#keys === undefined ? "there are none" : "those that are known stay in use";
      this.#context.log.warn(`cannot fetch the keys of tokens; ${kept}`, {
        url: this.#settings.jwksUrl,
        reason: describe(cause),
      });
    }
  }
}

function checkUrl({ jwksUrl, allowHttp }: JwksUrl): void {
  const { protocol, username } = URL.canParse(jwksUrl)
    ? new URL(jwksUrl)
    : { protocol: "", username: "" };
  if (username !== "") throw new UsageError("option jwksUrl must not have a user or a password");
  if (protocol === "https:" || (protocol === "http:" && allowHttp === true)) return;
  throw new UsageError(
    `option jwksUrl is ${JSON.stringify(jwksUrl)}; it must begin with https://, or with http:// if allowHttp is true`,
  );
}

/** Gives up after `timeoutMs` whatever `fetch` makes of its signal. */
async function fetchText(settings: JwksUrl, timeoutMs: number, clock: Clock): Promise<string> {
  const controller = new AbortController();
  const { promise: late, reject } = new Deferred<never>();
  const timer = clock.setTimer(timeoutMs, () => {
    reject(new Error(`no answer within ${timeoutMs} ms`));
    controller.abort();
  });
  try {
    return await Promise.race([readText(settings, controller.signal), late]);
  } finally {
    timer.cancel();
  }
}

async function readText(settings: JwksUrl, signal: AbortSignal): Promise<string> {
  const send = settings.fetch ?? fetch;
  const response = await send(settings.jwksUrl, {
    // Whoever may redirect could send us anywhere, and without TLS.
    redirect: "error",
    signal,
    headers: { accept: "application/jwk-set+json, application/json" },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`HTTP status ${response.status}`);
  }
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > maxBytes) throw new Error(`the key set has more than ${maxBytes} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text;
}

/** `fetch` hides the reason of a failed connection in its cause. */
function describe(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  return [message, cause?.message].filter((text) => text !== undefined).join(": ");
}
