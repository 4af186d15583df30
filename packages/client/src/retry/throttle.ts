// The token bucket that stops retries and hedges while a server fails too often (gRFC A6 "Throttling").
import type { RetryThrottling } from "../service-config/service-config.js";

/** One for each channel. Counts in thousandths of a token: a thousand times 0.1 is 100 then. */
export class RetryThrottle {
  readonly config: RetryThrottling;
  readonly #most: number;
  readonly #perSuccess: number;
  #milliTokens: number;

  /** @param before the bucket of the config before, if there was one: this one begins as full as that is. */
  constructor(config: RetryThrottling, before?: RetryThrottle) {
    this.config = config;
    this.#most = Math.round(config.maxTokens * 1000);
    this.#perSuccess = Math.round(config.tokenRatio * 1000);
    this.#milliTokens = Math.round(this.#most * (before?.fill ?? 1));
  }

  /** Tokens that are left. */
  get tokens(): number {
    return this.#milliTokens / 1000;
  }

  /** From 0, empty, to 1, full. */
  get fill(): number {
    return this.#milliTokens / this.#most;
  }

  /** Whether retries and hedges may be sent. */
  get isOpen(): boolean {
    return this.#milliTokens > this.#most / 2;
  }

  /** A call has ended well. */
  succeeded(): void {
    this.#milliTokens = Math.min(this.#most, this.#milliTokens + this.#perSuccess);
  }

  /** An attempt has failed with a code that is retried, or the server has said not to retry. */
  failed(): void {
    this.#milliTokens = Math.max(0, this.#milliTokens - 1000);
  }

  /** The bucket in words, for errors. */
  describe(): string {
    const { maxTokens } = this.config;
    return `${this.tokens} of ${maxTokens} tokens are left, more than ${maxTokens / 2} are needed`;
  }
}

/** The bucket that goes with a new config: the same one if its figures are the same. */
export function throttleFor(
  config: RetryThrottling | undefined,
  before: RetryThrottle | undefined,
): RetryThrottle | undefined {
  if (config === undefined) {
    return undefined;
  }
  const isSame =
    before?.config.maxTokens === config.maxTokens && before.config.tokenRatio === config.tokenRatio;
  return isSame ? before : new RetryThrottle(config, before);
}
