// Watches the health of one service on one subchannel: one call of grpc.health.v1.Health/Watch after the other (gRFC A17).
import { create } from "@bufbuild/protobuf";
import {
  type Clock,
  Code,
  codeName,
  type Log,
  type MessageCodec,
  type RpcError,
  type Timer,
} from "@trunkline/core";
import { type MethodPlan, planFor } from "../../call/method-plan.js";
import { type Address, formatAddress } from "../../resolver/address.js";
import type { Attempt, AttemptReceiver } from "../../transport/transport.js";
import { Backoff, type BackoffOptions } from "../backoff.js";
import { ConnectivityState } from "../state.js";

type Contract = typeof import("@trunkline/core/health");

/** What a stream of health reports needs to know. */
export interface HealthHost {
  readonly target: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly backoff: BackoffOptions | undefined;
}

/** The subchannel that is asked. */
export interface HealthSubject {
  readonly address: Address;
  start(call: AttemptReceiver): boolean;
}

/** Whoever sends more than this is not reporting health. */
const maxReportBytes = 65_536;

/** See the file's first line. */
export class HealthStream implements AttemptReceiver {
  readonly plan: MethodPlan;
  readonly encoder: MessageCodec<unknown>;
  readonly metadata = undefined;
  readonly authority = undefined;
  readonly deadlineMs: number = Infinity;
  readonly compression = undefined;
  readonly maxReceiveMessageBytes: number = maxReportBytes;
  readonly hasConfigLimit = false;
  readonly bufferedMessages = 0;
  readonly isBackground = true;
  state: ConnectivityState = ConnectivityState.CONNECTING;
  reason: Error | undefined;
  readonly #contract: Contract;
  readonly #host: HealthHost;
  readonly #subject: HealthSubject;
  readonly #service: string;
  readonly #changed: () => void;
  readonly #backoff: Backoff;
  #attempt: Attempt | undefined;
  #timer: Timer | undefined;
  #hasHeard = false;
  #isStopped = false;

  /** @param service the service to ask about; "" means the server as a whole. */
  constructor(
    contract: Contract,
    host: HealthHost,
    subject: HealthSubject,
    service: string,
    changed: () => void,
  ) {
    this.plan = planFor(contract.Health.method.watch);
    this.encoder = this.plan.request;
    this.#contract = contract;
    this.#host = host;
    this.#subject = subject;
    this.#service = service;
    this.#changed = changed;
    this.#backoff = new Backoff(host.backoff);
  }

  begin(): void {
    if (this.#isStopped) {
      return;
    }
    this.#hasHeard = false;
    this.#enter(ConnectivityState.CONNECTING, this.reason);
    if (!this.#isStopped && !this.#subject.start(this)) {
      this.#beginLater(new Error("no stream is free to ask the server for its health"));
    }
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#attempt?.cancel();
    this.#attempt = undefined;
  }

  #enter(state: ConnectivityState, reason: Error | undefined): void {
    this.reason = reason;
    if (state !== this.state || state === ConnectivityState.TRANSIENT_FAILURE) {
      this.state = state;
      this.#changed();
    }
  }

  /** gRFC A17: at once after a call that brought a report, else when the backoff is over. */
  #beginLater(reason: Error): void {
    this.#attempt = undefined;
    if (this.#isStopped) {
      return;
    }
    this.#enter(ConnectivityState.TRANSIENT_FAILURE, reason);
    if (this.#hasHeard) {
      queueMicrotask(() => this.begin());
    } else {
      this.#timer = this.#host.clock.setTimer(this.#backoff.nextMs(), () => this.begin());
    }
  }

  // --- what the transport asks and tells

  remainingMs(): number {
    return Infinity;
  }

  attached(attempt: Attempt): void {
    this.#attempt = attempt;
  }

  singleRequest(): unknown {
    return create(this.#contract.HealthCheckRequestSchema, { service: this.#service });
  }

  headersReceived(): void {}

  messageReceived(message: unknown, byteCount: number): void {
    this.#attempt?.consumed(byteCount);
    this.#hasHeard = true;
    this.#backoff.reset();
    if (this.#isStopped) {
      return;
    }
    const { HealthCheckResponse_ServingStatus: Serving } = this.#contract;
    const { status } = message as { status: number };
    if (status === Serving.SERVING) {
      this.#enter(ConnectivityState.READY, undefined);
    } else {
      const name = Object.entries(Serving).find(([, known]) => known === status)?.[0] ?? status;
      const reason = new Error(`its health service reports ${name} for "${this.#service}"`);
      this.#enter(ConnectivityState.TRANSIENT_FAILURE, reason);
    }
  }

  writable(): void {}

  succeeded(): void {
    this.#beginLater(new Error("its health service has ended the watch"));
  }

  failed(error: RpcError): void {
    if (error.code === Code.UNIMPLEMENTED && !this.#isStopped) {
      this.#attempt = undefined;
      this.#host.log.error("the server has no health service: it counts as healthy", {
        target: this.#host.target,
        address: formatAddress(this.#subject.address),
        error: error.message,
      });
      this.#enter(ConnectivityState.READY, undefined);
    } else {
      const text = `its health cannot be watched: ${codeName(error.code)}: ${error.message}`;
      this.#beginLater(new Error(text, { cause: error }));
    }
  }
}
