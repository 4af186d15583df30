// A host whose connections bring load reports: a policy puts it before its children, which need to know nothing of it.
import type { Address } from "../../resolver/address.js";
import { ConnectivityState } from "../../subchannel/state.js";
import type { BalancedSubchannel, BalancerHost } from "../balancer.js";
import { ForwardingHost } from "../forwarding-host.js";
import type { LoadReport } from "./load-report.js";
import { LoadReportStream } from "./load-report-stream.js";

/** Who wants load reports out of band (gRFC A51), and hears when a connection is there. */
export interface LoadReportListener {
  /** A connection to the address has become READY. */
  connected?(address: Address): void;
  /** The server at the address has sent a report. */
  reported(report: LoadReport, address: Address): void;
}

/** See the file's first line. */
export class ReportingHost extends ForwardingHost {
  readonly #listener: LoadReportListener;
  readonly #watches = new Set<Watch>();
  #periodMs: number | undefined;

  /** @param periodMs how often servers are asked to report, milliseconds; undefined: they are not asked. */
  constructor(outer: BalancerHost, listener: LoadReportListener, periodMs: number | undefined) {
    super(outer);
    this.#listener = listener;
    this.#periodMs = periodMs;
  }

  /** Asks for reports at another interval, or no more, on the connections that are there. */
  setPeriod(periodMs: number | undefined): void {
    if (periodMs !== this.#periodMs) {
      this.#periodMs = periodMs;
      for (const watch of this.#watches) {
        watch.restart(periodMs);
      }
    }
  }

  override createSubchannel(address: Address, changed: () => void): BalancedSubchannel {
    const subchannel = this.outer.createSubchannel(address, () => {
      this.#changed(watch);
      changed();
    });
    const watch = new Watch(this, subchannel, this.#listener);
    this.#watches.add(watch);
    return subchannel;
  }

  #changed(watch: Watch): void {
    watch.changed(this.#periodMs);
    if (watch.isOver) {
      this.#watches.delete(watch);
    }
  }
}

/** One connection and its stream of reports. */
class Watch {
  readonly #host: BalancerHost;
  readonly #subchannel: BalancedSubchannel;
  readonly #listener: LoadReportListener;
  #stream: LoadReportStream | undefined;
  #wasReady = false;

  constructor(host: BalancerHost, subchannel: BalancedSubchannel, listener: LoadReportListener) {
    this.#host = host;
    this.#subchannel = subchannel;
    this.#listener = listener;
  }

  get isOver(): boolean {
    return this.#subchannel.state === ConnectivityState.SHUTDOWN;
  }

  changed(periodMs: number | undefined): void {
    const isReady = this.#subchannel.state === ConnectivityState.READY;
    if (isReady !== this.#wasReady) {
      this.#wasReady = isReady;
      if (isReady) {
        this.#listener.connected?.(this.#subchannel.address);
      }
      this.restart(periodMs);
    }
  }

  restart(periodMs: number | undefined): void {
    this.#stream?.stop();
    this.#stream =
      periodMs === undefined || !this.#wasReady
        ? undefined
        : new LoadReportStream(this.#host, this.#subchannel, periodMs, (report) => {
            this.#listener.reported(report, this.#subchannel.address);
          });
  }
}

/**
 * A host for the children of a policy, or for its own subchannels, whose connections bring load reports
 * out of band (gRFC A51): `xds.service.orca.v3.OpenRcaService` is asked on each connection once it is
 * READY, and asked again after failures with the gRPC connection backoff. A server that has no such
 * service is left alone after one line in the log. The streams do not keep the process alive.
 * @param host the policy's own host.
 * @param periodMs how often servers are asked to report, milliseconds; they may report less often.
 */
export function withLoadReports(
  host: BalancerHost,
  periodMs: number,
  listener: LoadReportListener,
): BalancerHost {
  return new ReportingHost(host, listener, periodMs);
}
