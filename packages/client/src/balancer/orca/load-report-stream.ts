// Asks one server for load reports out of band, for as long as its connection lasts (gRFC A51 "Out of Band Metrics Reporting").
import { create } from "@bufbuild/protobuf";
import { Code, type Log, type MessageCodec, type RpcError, type Timer } from "@trunkline/core";
import { OpenRcaService, OrcaLoadReportRequestSchema } from "@trunkline/core/orca";
import { type MethodPlan, planFor } from "../../call/method-plan.js";
import { formatAddress } from "../../resolver/address.js";
import { Backoff } from "../../subchannel/backoff.js";
import type { Attempt, AttemptReceiver } from "../../transport/transport.js";
import type { BalancedSubchannel, BalancerHost } from "../balancer.js";
import type { LoadReport } from "./load-report.js";

/** Reports are small; whoever sends more than this is not reporting load. */
const maxReportBytes = 1_048_576;

/** One StreamCoreMetrics call after the other on one connection. */
export class LoadReportStream implements AttemptReceiver {
  readonly plan: MethodPlan = planFor(OpenRcaService.method.streamCoreMetrics);
  readonly metadata = undefined;
  readonly authority = undefined;
  readonly deadlineMs: number = Infinity;
  readonly compression = undefined;
  readonly encoder: MessageCodec<unknown> = this.plan.request;
  readonly maxReceiveMessageBytes: number = maxReportBytes;
  readonly hasConfigLimit = false;
  readonly bufferedMessages = 0;
  readonly isBackground = true;
  readonly #host: BalancerHost;
  readonly #subchannel: BalancedSubchannel;
  readonly #periodMs: number;
  readonly #heard: (report: LoadReport) => void;
  readonly #backoff: Backoff;
  #attempt: Attempt | undefined;
  #timer: Timer | undefined;
  #hasHeard = false;
  #stopped = false;

  /** Begins at once. */
  constructor(
    host: BalancerHost,
    subchannel: BalancedSubchannel,
    periodMs: number,
    heard: (report: LoadReport) => void,
  ) {
    this.#host = host;
    this.#subchannel = subchannel;
    this.#periodMs = periodMs;
    this.#heard = heard;
    this.#backoff = new Backoff({}, () => host.random());
    this.#begin();
  }

  /** No report is heard any more. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#attempt?.cancel();
    this.#attempt = undefined;
  }

  #begin(): void {
    this.#hasHeard = false;
    if (!this.#subchannel.start(this)) {
      this.#beginLater();
    }
  }

  /** A stream that brought reports is replaced at once; one that did not is taken for a sign of trouble. */
  #beginLater(): void {
    this.#attempt = undefined;
    if (!this.#stopped) {
      const waitMs = this.#hasHeard ? 0 : this.#backoff.nextMs();
      this.#timer = this.#host.clock.setTimer(waitMs, () => this.#begin());
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
    const nanos = Math.round((this.#periodMs % 1000) * 1e6);
    const seconds = BigInt(Math.floor(this.#periodMs / 1000));
    return create(OrcaLoadReportRequestSchema, { reportInterval: { seconds, nanos } });
  }

  headersReceived(): void {}

  messageReceived(message: unknown, byteCount: number): void {
    this.#attempt?.consumed(byteCount);
    this.#hasHeard = true;
    this.#backoff.reset();
    if (!this.#stopped) {
      this.#heard(message as LoadReport);
    }
  }

  writable(): void {}

  succeeded(): void {
    this.#beginLater();
  }

  failed(error: RpcError): void {
    if (error.code === Code.UNIMPLEMENTED) {
      this.#attempt = undefined;
      this.#tellMissing(this.#host.log);
    } else {
      this.#beginLater();
    }
  }

  /** gRFC A51: the same connection is not asked again. */
  #tellMissing(log: Log): void {
    log.error("the server has no OpenRcaService: its load stays unknown", {
      target: this.#host.target,
      address: formatAddress(this.#subchannel.address),
    });
  }
}
