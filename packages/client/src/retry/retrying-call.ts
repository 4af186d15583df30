// A call with a retry policy (gRFC A6): one attempt after the other, with waits between them.
import { Code } from "@trunkline/core";
import type { RetryPolicy } from "../service-config/service-config.js";
import type { CallAttempt } from "./call-attempt.js";
import { CallAttempts, firstAttempt } from "./call-attempts.js";
import { pushbackOf, retryInfoDelayMs } from "./pushback.js";
import type { RequestBuffer } from "./request-buffer.js";
import type { AttemptFailure, RetriedCall } from "./retried-call.js";
import { decideRetry, type RetryDecision } from "./retry-decision.js";

/** See the file's first line. */
export class RetryingCall extends CallAttempts {
  private readonly policy: RetryPolicy;
  private backoffs = 0;
  private delayMs = 0;

  constructor(call: RetriedCall, policy: RetryPolicy, buffer: RequestBuffer, request: unknown) {
    super(call, buffer, request, policy.perAttemptTimeoutMs);
    this.policy = policy;
  }

  override start(): void {
    this.begin(firstAttempt);
  }

  override get repeatsUnavailable(): boolean {
    const { retryableCodes } = this.policy;
    const mayRepeat = !this.isDone && this.overflow === undefined;
    return mayRepeat && this.attempts < this.maxAttempts && retryableCodes.has(Code.UNAVAILABLE);
  }

  private get maxAttempts(): number {
    return Math.min(this.policy.maxAttempts, this.call.host.retries.maxAttempts);
  }

  protected override failedForGood(_attempt: CallAttempt, failure: AttemptFailure): void {
    const { error, trailers, reach } = failure;
    if (reach === "local" || this.overflow !== undefined) {
      const isPlain = reach === "local" && this.attempts === 1;
      this.giveUp(error, isPlain ? undefined : (this.overflow ?? "it would fail again"), trailers);
      return;
    }
    const decision = this.decide(failure);
    if (decision.delayMs === undefined) {
      this.giveUp(error, decision.why, trailers);
      return;
    }
    this.backoffs = decision.isPushback ? 0 : this.backoffs + 1;
    this.delayMs = decision.delayMs;
    this.planNext(decision.delayMs);
  }

  private decide({ error, trailers, isTimeout }: AttemptFailure): RetryDecision {
    const { host } = this.call;
    const { throttle, budget, honoursRetryInfo } = host.retries;
    return decideRetry(
      {
        policy: this.policy,
        maxAttempts: this.maxAttempts,
        throttle,
        budget,
        random: Math.random,
      },
      {
        code: error.code,
        isTimeout,
        pushbackMs: pushbackOf(trailers),
        leastDelayMs: honoursRetryInfo ? retryInfoDelayMs(error) : 0,
      },
      {
        attempts: this.attempts,
        backoffs: this.backoffs,
        remainingMs: this.call.remainingMs(),
        nowMs: host.deadlines.now(),
      },
    );
  }

  /** The wait is over. */
  override expired(): void {
    const { delayMs } = this;
    this.unplan();
    const reason = this.describeLast();
    this.begin({ number: this.attempts + 1, kind: "retry", delayMs, reason });
  }
}
