// The cases of load reports (ORCA, gRFC A51): in the trailers of a call, and on a stream beside the calls.
import { expect } from "vitest";
import { createReportingPolicy, type SeenReports } from "../../reporting-policy.js";
import type { OfficialCase, Target } from "../case.js";

const WITHIN = { timeout: 10_000, interval: 100 };

/** Runs a case on a channel whose policy keeps the reports. */
async function observe(
  target: Target,
  run: (observed: Target, seen: SeenReports) => Promise<void>,
): Promise<void> {
  const { policy, seen } = createReportingPolicy();
  const serviceConfig = { loadBalancingConfig: [{ [policy.name]: {} }] };
  const observed = target.reconnect({ balancers: [policy], serviceConfig });
  try {
    await run(observed, seen);
  } finally {
    await observed.close();
  }
}

/** Within ten seconds the server must report this. */
async function expectReport(seen: SeenReports, expected: object): Promise<void> {
  await expect.poll(() => seen.outOfBand, WITHIN).toMatchObject(expected);
}

const first = { cpuUtilization: 0.821, memoryUtilization: 0.5847, utilization: { util: 0.30499 } };
const second = { cpuUtilization: 0.29309, memoryUtilization: 0.2, utilization: { util: 0.2039 } };

type TestReport = typeof first;

function toReport({ cpuUtilization, memoryUtilization, utilization }: TestReport): object {
  return { cpuUtilization, memUtilization: memoryUtilization, utilization };
}

/** See the file's first line. */
export const loadReportCases: readonly OfficialCase[] = [
  {
    name: "orca_per_rpc",
    needs: ["load-reports"],
    run: (target) =>
      observe(target, async ({ test }, seen) => {
        const requestCost = { cost: 3456.32 };
        await test.unaryCall({ orcaPerQueryReport: { ...first, requestCost } });
        expect(seen.perCall).toMatchObject({ ...toReport(first), requestCost });
      }),
  },
  {
    name: "orca_oob",
    needs: ["load-reports"],
    run: (target) =>
      observe(target, async ({ test }, seen) => {
        await using call = test.fullDuplexCall.open();
        const messages = call.messages[Symbol.asyncIterator]();
        for (const report of [first, second]) {
          await call.send({ orcaOobReport: report, responseParameters: [{ size: 1 }] });
          await messages.next();
          await expectReport(seen, toReport(report));
        }
        call.closeSend();
        expect((await messages.next()).done).toBe(true);
      }),
  },
];
