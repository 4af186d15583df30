// Measures what one pick costs with one policy: the pick itself, and what the policy counts of the attempt.
import { type AttemptOutcome, Metadata, type PickedCall } from "@trunkline/client";
import { createReadyPicker } from "@trunkline/client/testing";

const [, , configText, endpointCount, warmMs, measureMs] = process.argv;
const BATCH = 1000;
const calls: readonly PickedCall[] = Array.from({ length: 64 }, (_, i) => ({
  path: "/trunkline.bench.v1.BenchService/GetUser",
  metadata: new Metadata({ session: `s-${i}` }),
}));
const outcome: AttemptOutcome = { code: 0, trailers: ["grpc-status", "0"] };
const picker = createReadyPicker({
  loadBalancingConfig: [JSON.parse(configText as string)],
  endpoints: Array.from({ length: Number(endpointCount) }, (_, i) => ({
    addresses: [{ kind: "tcp" as const, host: `10.0.${i >> 8}.${i & 255}`, port: 50051 }],
    zone: "a",
  })),
});

/** Picks for as long as it is told; resolves with nanoseconds a pick. */
function pickFor(ms: number): number {
  const from = performance.now();
  let count = 0;
  for (let now = from; now - from < ms; now = performance.now()) {
    for (let i = 0; i < BATCH; i++) pickOnce(calls[i & 63] as PickedCall);
    count += BATCH;
  }
  return ((performance.now() - from) * 1e6) / count;
}

function pickOnce(call: PickedCall): void {
  const pick = picker.pick(call);
  if (pick.kind !== "use") throw new Error(`not used: ${pick.kind}`);
  pick.observer?.started();
  pick.observer?.ended(outcome);
}

pickFor(Number(warmMs));
process.stdout.write(`${JSON.stringify({ nanoseconds: pickFor(Number(measureMs)) })}\n`);
