// One call from its start to its end: hears its attempt, repeats it where nobody can notice, and ends once.
import { Code, type ContextValues, type ParentCall, RpcError } from "@trunkline/core";
import type { AttemptObserver } from "../balancer/balancer.js";
import type { CallAttempts } from "../retry/call-attempts.js";
import { createAttempts } from "../retry/create-attempts.js";
import type { RetriedCall } from "../retry/retried-call.js";
import type { CallPolicy } from "../retry/retry-rules.js";
import { mayRepeat, type Reach } from "../retry/transparent-retry.js";
import type { MethodConfig } from "../service-config/service-config.js";
import type { CallObservers } from "../telemetry/call-observers.js";
import type {
  AttemptOrigin,
  AttemptRecord,
  ClientCallRecord,
} from "../telemetry/client-call-record.js";
import type { Attempt, RequestOutlet } from "../transport/transport.js";
import type { PendingCall } from "./call-host.js";
import { CallOutcome } from "./call-outcome.js";
import { callerOrder } from "./interception/outgoing-call.js";
import { type RequestPump, toEncodeError } from "./request-pump.js";

/**
 * See the file's first line. Plain fields rather than private names: one of these is created for each
 * call, and with what it extends it is one object: settings, outcome, and the entry in the deadline wheel.
 */
export class ClientCall extends CallOutcome implements PendingCall, RetriedCall {
  private request: unknown = undefined;
  private pump: RequestPump | undefined = undefined;
  private observer: AttemptObserver | undefined = undefined;
  /** The attempts of a call with a policy; undefined: it is its only one, and hears the transport itself. */
  private attempts: CallAttempts | undefined = undefined;
  /** Only where somebody listens. */
  observed: ClientCallRecord | undefined = undefined;
  /** Of its only attempt, while that is under way. */
  record: AttemptRecord | undefined = undefined;
  avoidedPeer: string | undefined = undefined;
  private wasRefused = false;
  private hasMessage = false;
  private attachedMs = 0;

  /** Sets off with a single request, or with the pump of a request stream. */
  start(request: unknown, pump: RequestPump | undefined): void {
    this.host.callStarted();
    this.request = request;
    this.pump = pump;
    const { observers } = this;
    if (observers?.isListening) {
      this.observed = observers.beginCall(this);
    }
    if (this.begin()) {
      this.host.start(this);
    }
  }

  // --- what the channel and the transport tell

  configureMethod(config: MethodConfig | undefined): boolean {
    this.isConfigured = true;
    if (this.observed !== undefined) {
      this.observers?.nameResolved(this.observed);
    }
    if (config !== undefined && !this.applyConfig(config)) {
      return false;
    }
    const policy = this.host.retries.policyFor(this.plan, config, this.options?.retry);
    if (policy !== undefined && this.startAttempts(policy)) {
      return false;
    }
    this.beginRecord(firstAttempt);
    return true;
  }

  get parent(): ParentCall | undefined {
    const given = this.options?.context?.get(callerOrder)?.options;
    return this.options?.parent ?? given?.parent ?? undefined;
  }

  get context(): ContextValues | undefined {
    return this.options?.context;
  }

  get observers(): CallObservers | undefined {
    return this.host.observers;
  }

  private beginRecord(origin: AttemptOrigin): void {
    const { observers, observed } = this;
    if (observers !== undefined && observed !== undefined) {
      this.record = observers.beginAttempt(observed, origin);
      this.metadata = this.record.metadata;
    }
  }

  waits(): void {
    if (this.record !== undefined) {
      this.record.waitedForPick = true;
    } else if (this.observed !== undefined) {
      this.observed.waitedForName = true;
    }
  }

  /** Goes on with attempts of their own. False when the request is too large to be kept for a second one. */
  private startAttempts(policy: CallPolicy): boolean {
    try {
      const attempts = createAttempts(this, policy, this.request);
      if (attempts !== undefined) {
        this.attempts = attempts;
        this.request = undefined;
        this.pump?.commit();
        attempts.start();
      }
      return attempts !== undefined;
    } catch (cause) {
      this.finish(toEncodeError(cause, this.plan), false);
      return true;
    }
  }

  // --- what attempts of their own tell

  adopt(attempt: Attempt | undefined): void {
    this.attempt = attempt;
  }

  pumpTo(outlet: RequestOutlet): void {
    this.pump?.attach(outlet);
  }

  pumpOn(): void {
    this.pump?.resume();
  }

  endFailed(error: RpcError, trailers: readonly string[] | undefined): void {
    this.trailerFields = trailers;
    this.finish(error, false);
  }

  // --- what the channel and the transport tell of the only attempt

  watch(observer: AttemptObserver | undefined): void {
    this.observer = observer;
  }

  attached(attempt: Attempt): void {
    this.attempt = attempt;
    this.observer?.started();
    if (this.record !== undefined) {
      this.observers?.attached(this.record, attempt);
    }
    if (this.isTimed) {
      this.attachedMs = this.host.deadlines.now();
    }
    this.pump?.attach(attempt);
  }

  singleRequest(): unknown {
    return this.request;
  }

  headersReceived(fields: readonly string[]): void {
    this.pump?.commit();
    if (this.record !== undefined) {
      this.observers?.headersReceived(this.record, fields);
    }
    this.hearHeaders(fields);
  }

  messageReceived(message: unknown, byteCount: number): void {
    if (this.queue !== undefined) {
      this.queue.push(message, byteCount);
      return;
    }
    this.attempt?.consumed(byteCount);
    if (this.hasMessage) {
      const text = `the server sent more than one response message to ${this.plan.path}`;
      this.abandon(new RpcError(Code.UNIMPLEMENTED, text));
      return;
    }
    this.hasMessage = true;
    this.message = message;
  }

  writable(): void {
    this.pump?.resume();
  }

  /** The attempt is over: tells who follows it, once. */
  private attemptEnded(
    error: RpcError | undefined,
    trailers: readonly string[] | undefined,
    isGivenUp = false,
  ): void {
    const { observer } = this;
    if (observer !== undefined) {
      this.observer = undefined;
      if (this.attempt !== undefined) {
        observer.ended({ code: error?.code ?? Code.OK, trailers });
      }
    }
    if (this.record !== undefined) {
      this.observers?.endAttempt(this.record, { error, trailers, isGivenUp });
      this.record = undefined;
    }
  }

  succeeded(trailers: readonly string[]): void {
    this.attemptEnded(undefined, trailers);
    this.host.retries.throttle?.succeeded();
    this.trailerFields = trailers;
    if (this.queue === undefined && !this.hasMessage) {
      const text = `the server ended ${this.plan.path} with status OK, but without a response message`;
      this.finish(new RpcError(Code.UNIMPLEMENTED, text), false);
    } else {
      this.finish(undefined, false);
    }
  }

  failed(error: RpcError, reach: Reach, trailers: readonly string[] | undefined): void {
    this.attemptEnded(error, trailers);
    const isReplayable = this.pump === undefined || this.pump.isReplayable;
    if (!this.isSettled && mayRepeat(reach, this.wasRefused, isReplayable)) {
      this.wasRefused ||= reach === "refused";
      this.avoidedPeer = this.attempt?.peer;
      this.attempt = undefined;
      this.beginRecord(repeatedAttempt);
      this.host.start(this);
      return;
    }
    this.trailerFields = trailers;
    this.finish(error, false);
  }

  refused(error: RpcError): void {
    this.attemptEnded(error, undefined);
    this.finish(error, false);
  }

  // --- how it ends

  /** Ends the call from this side: RST_STREAM CANCEL, and what has not been read is dropped. */
  abandon(error: RpcError): void {
    if (!this.isSettled) {
      if (this.attempts !== undefined) {
        this.attempts.stop(error);
      } else {
        this.attempt?.cancel();
        this.attemptEnded(error, undefined, true);
      }
      this.finish(error, true);
    }
  }

  private finish(error: RpcError | undefined, isLocal: boolean): void {
    if (this.isSettled) {
      return;
    }
    this.isSettled = true;
    this.host.callEnded(error === undefined);
    this.leaveAll();
    if (this.attempt === undefined) {
      this.host.forget(this);
    }
    this.attempts?.release();
    this.pump?.stop();
    this.request = undefined;
    this.settle(error, isLocal);
    if (this.observed !== undefined) {
      this.observers?.endCall(this.observed, this.error);
    }
  }

  protected describeAwaited(): string {
    if (this.attempts !== undefined && this.headerFields === undefined) {
      return this.attempts.describeAwaited();
    }
    if (this.attempt === undefined) {
      return this.host.describeWait(this);
    }
    const what = this.headerFields === undefined ? "a response" : "the rest of the response";
    return `${what} from ${this.attempt.peer} for ${Math.round(this.host.deadlines.now() - this.attachedMs)} ms`;
  }
}

const firstAttempt: AttemptOrigin = { number: 1, kind: "first", delayMs: 0, reason: undefined };
const repeatedAttempt: AttemptOrigin = {
  number: 1,
  kind: "transparent",
  delayMs: 0,
  reason: "the server had not acted on the one before",
};
