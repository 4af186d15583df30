// A balancing policy for tests: one connection to the first address, and every load report that comes on it is kept.
import {
  type BalancedSubchannel,
  type BalancerPolicy,
  ConnectivityState,
  type LoadReport,
  loadReportOf,
  type Pick,
  withLoadReports,
} from "@trunkline/client";

/** The newest reports. */
export interface SeenReports {
  perCall?: LoadReport | undefined;
  outOfBand?: LoadReport | undefined;
}

const REPORT_INTERVAL_MS = 1_000;

/** See the file's first line. */
export function createReportingPolicy(): { policy: BalancerPolicy<never>; seen: SeenReports } {
  const seen: SeenReports = {};
  const policy: BalancerPolicy<never> = {
    name: "test_backend_metrics_load_balancer",
    parseConfig: (json) => json as never,
    create(host) {
      const reporting = withLoadReports(host, REPORT_INTERVAL_MS, {
        reported: (report) => {
          seen.outOfBand = report;
        },
      });
      let subchannel: BalancedSubchannel | undefined;
      return {
        update({ endpoints: [first] }) {
          subchannel?.release();
          const made = reporting.createSubchannel(first!.addresses[0]!, () => {
            if (made.state === ConnectivityState.IDLE) made.connect();
            const pick = pickOf(made, seen);
            host.updatePicker(made.state, { pick: () => pick });
          });
          subchannel = made;
          made.connect();
        },
        exitIdle: () => subchannel?.connect(),
        close: () => subchannel?.release(),
      };
    },
  };
  return { policy, seen };
}

function pickOf(subchannel: BalancedSubchannel, seen: SeenReports): Pick {
  if (subchannel.state !== ConnectivityState.READY) return { kind: "wait", why: "a connection" };
  return {
    kind: "use",
    subchannel,
    observer: {
      started() {},
      ended({ trailers }) {
        seen.perCall = loadReportOf(trailers) ?? seen.perCall;
      },
    },
  };
}
