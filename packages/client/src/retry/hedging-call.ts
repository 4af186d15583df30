// A call with a hedging policy (gRFC A6): attempts beside each other, the first answer counts.
import { codeName } from "@trunkline/core";
import type { HedgingPolicy } from "../service-config/service-config.js";
import type { CallAttempt } from "./call-attempt.js";
import { CallAttempts, firstAttempt } from "./call-attempts.js";
import { pushbackOf, retryInfoDelayMs } from "./pushback.js";
import type { RequestBuffer } from "./request-buffer.js";
import type { AttemptFailure, RetriedCall } from "./retried-call.js";

/** See the file's first line. */
export class HedgingCall extends CallAttempts {
  private readonly policy: HedgingPolicy;
  private readonly maxAttempts: number;
  /** Why no more attempts are sent; undefined while there may be some. */
  private stopped: string | undefined = undefined;
  private delayMs = 0;

  constructor(call: RetriedCall, policy: HedgingPolicy, buffer: RequestBuffer, request: unknown) {
    super(call, buffer, request, Infinity);
    this.policy = policy;
    this.maxAttempts = Math.min(policy.maxAttempts, call.host.retries.maxAttempts);
  }

  /** Its attempts stand beside each other: none need be moved. */
  override get repeatsUnavailable(): boolean {
    return false;
  }

  override start(): void {
    this.begin(firstAttempt);
    this.hedgeLater();
  }

  /** The attempts after the first, when their time has come; all of them now if there is no delay. */
  private hedgeLater(): void {
    while (this.nextAtMs === 0 && this.mayHedge()) {
      if (this.policy.delayMs > 0) {
        this.delayMs = this.policy.delayMs;
        this.planNext(this.delayMs);
        return;
      }
      this.hedge(0, "the attempts before have not been answered");
    }
  }

  /** Whether another attempt can be sent at all. */
  private mayHedge(): boolean {
    if (this.isDone) {
      return false;
    }
    if (this.attempts >= this.maxAttempts) {
      this.stopped ??= `${this.maxAttempts} attempts are the most`;
    }
    this.stopped ??= this.overflow;
    return this.stopped === undefined;
  }

  private hedge(delayMs: number, reason: string | undefined): void {
    const { retries, deadlines } = this.call.host;
    if (retries.throttle?.isOpen === false) {
      this.stopped = `hedges are throttled: ${retries.throttle.describe()}`;
    } else if (retries.budget?.withdraw(deadlines.now()) === false) {
      this.stopped = `the retry budget is used up: ${retries.budget.describe()}`;
    } else {
      this.begin({ number: this.attempts + 1, kind: "hedge", delayMs, reason });
    }
  }

  /** The next attempt is due. */
  override expired(): void {
    const { delayMs } = this;
    this.unplan();
    this.hedge(delayMs, this.describeLast() ?? "the attempts before have not been answered");
    this.hedgeLater();
    this.giveUpIfNoneLeft();
  }

  protected override failedForGood(_attempt: CallAttempt, failure: AttemptFailure): void {
    const { error, trailers, reach } = failure;
    const pushbackMs = pushbackOf(trailers);
    const isNonFatal = reach !== "local" && this.policy.nonFatalCodes.has(error.code);
    if (isNonFatal || pushbackMs === Infinity) {
      this.call.host.retries.throttle?.failed();
    }
    if (!isNonFatal) {
      this.unplan();
      this.giveUp(
        error,
        this.attempts > 1 ? `${codeName(error.code)} is fatal` : undefined,
        trailers,
      );
      return;
    }
    if (pushbackMs === Infinity) {
      this.stopped ??= "the server said not to retry (grpc-retry-pushback-ms)";
      this.unplan();
    } else {
      this.hedgeAfter(failure, pushbackMs);
    }
    this.giveUpIfNoneLeft();
  }

  /** A failure that is not fatal: the next attempt comes now, or when the server wants it. */
  private hedgeAfter({ error }: AttemptFailure, pushbackMs: number | undefined): void {
    this.unplan();
    if (!this.mayHedge()) {
      return;
    }
    const { honoursRetryInfo } = this.call.host.retries;
    const delayMs = pushbackMs ?? (honoursRetryInfo ? retryInfoDelayMs(error) : 0);
    if (delayMs >= this.call.remainingMs()) {
      this.stopped = `the next one would come in ${Math.ceil(delayMs)} ms, after the deadline`;
    } else if (delayMs > 0) {
      this.delayMs = delayMs;
      this.planNext(delayMs);
    } else {
      this.hedge(0, this.describeLast());
      this.hedgeLater();
    }
  }

  private giveUpIfNoneLeft(): void {
    const failure = this.lastFailure;
    if (failure !== undefined && !this.isDone && this.live.length === 0 && this.nextAtMs === 0) {
      this.giveUp(failure.error, this.stopped ?? "none is left", failure.trailers);
    }
  }

  protected override unplanHedges(): void {
    if (this.live.length > 0) {
      this.unplan();
    }
  }
}
