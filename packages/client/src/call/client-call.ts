// One call from its start to its end: hears its attempt, repeats it where nobody can notice, and ends once.
import { Code, RpcError } from "@trunkline/core";
import type { AttemptObserver } from "../balancer/balancer.js";
import { mayRetryTransparently } from "../retry/transparent-retry.js";
import type { MethodConfig } from "../service-config/service-config.js";
import type { Attempt } from "../transport/transport.js";
import type { PendingCall } from "./call-host.js";
import { CallOutcome } from "./call-outcome.js";
import type { RequestPump } from "./request-pump.js";

/**
 * See the file's first line. Plain fields rather than private names: one of these is created for each
 * call, and with what it extends it is one object: settings, outcome, and the entry in the deadline wheel.
 */
export class ClientCall extends CallOutcome implements PendingCall {
  private request: unknown = undefined;
  private pump: RequestPump | undefined = undefined;
  private observer: AttemptObserver | undefined = undefined;
  private attemptCount = 0;
  private hasMessage = false;
  private attachedMs = 0;

  /** Sets off with a single request, or with the pump of a request stream. */
  start(request: unknown, pump: RequestPump | undefined): void {
    this.host.callStarted();
    this.request = request;
    this.pump = pump;
    if (this.begin()) {
      this.host.start(this);
    }
  }

  // --- what the channel and the transport tell

  configureMethod(config: MethodConfig | undefined): boolean {
    this.isConfigured = true;
    return config === undefined || this.applyConfig(config);
  }

  watch(observer: AttemptObserver | undefined): void {
    this.observer = observer;
  }

  attached(attempt: Attempt): void {
    this.attempt = attempt;
    this.observer?.started();
    this.attemptCount += 1;
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
  private attemptEnded(code: Code, trailers: readonly string[] | undefined): void {
    const { observer } = this;
    if (observer !== undefined) {
      this.observer = undefined;
      observer.ended({ code, trailers });
    }
  }

  succeeded(trailers: readonly string[]): void {
    this.attemptEnded(Code.OK, trailers);
    this.trailerFields = trailers;
    if (this.queue === undefined && !this.hasMessage) {
      const text = `the server ended ${this.plan.path} with status OK, but without a response message`;
      this.finish(new RpcError(Code.UNIMPLEMENTED, text), false);
    } else {
      this.finish(undefined, false);
    }
  }

  failed(error: RpcError, unprocessed: boolean, trailers: readonly string[] | undefined): void {
    this.attemptEnded(error.code, trailers);
    const isReplayable = this.pump === undefined || this.pump.isReplayable;
    if (
      !this.isSettled &&
      mayRetryTransparently({ unprocessed, attempts: this.attemptCount, isReplayable })
    ) {
      this.attempt = undefined;
      this.host.start(this);
      return;
    }
    this.trailerFields = trailers;
    this.finish(error, false);
  }

  refused(error: RpcError): void {
    this.finish(error, false);
  }

  // --- how it ends

  /** Ends the call from this side: RST_STREAM CANCEL, and what has not been read is dropped. */
  abandon(error: RpcError): void {
    if (!this.isSettled) {
      if (this.attempt !== undefined) {
        this.attempt.cancel();
        this.attemptEnded(error.code, undefined);
      }
      this.finish(error, true);
    }
  }

  private finish(error: RpcError | undefined, isLocal: boolean): void {
    if (this.isSettled) {
      return;
    }
    this.isSettled = true;
    this.host.callEnded();
    this.leaveAll();
    if (this.attempt === undefined) {
      this.host.forget(this);
    }
    this.pump?.stop();
    this.request = undefined;
    this.settle(error, isLocal);
  }

  protected describeAwaited(): string {
    if (this.attempt === undefined) {
      return this.host.describeWait(this);
    }
    const what = this.headerFields === undefined ? "a response" : "the rest of the response";
    return `${what} from ${this.attempt.peer} for ${Math.round(this.host.deadlines.now() - this.attachedMs)} ms`;
  }
}
