// The well-behaved client: steady unary calls to a good server, and calls to a bad one when it is the one under attack.
import {
  bearerToken,
  type Channel,
  type Client,
  createChannel,
  createClient,
  RpcError,
  silentLog,
} from "@trunkline/client";
import { answerQuestions } from "@trunkline/testkit";
import { TargetService } from "../gen/trunkline/attacks/v1/attacks_pb.js";
import { type CallFigures, quantile } from "../run/latency.js";

type Target = Client<typeof TargetService>;

const callEveryMs = 4;
const goodDeadlineMs = 5000;
const badDeadlineMs = 500;
/** A call that ends so much after its deadline counts as hanging. */
const hangingMs = 1000;
const badLanes = 8;

const channels: Channel[] = [];
let good: Target;

function connect(port: number, token?: string): Target {
  const channel = createChannel(`127.0.0.1:${port}`, {
    log: silentLog,
    callCredentials: token === undefined ? undefined : bearerToken(token),
    allowCredentialsOverPlaintext: true,
    backoff: { initialMs: 20, maxMs: 100 },
    connectTimeoutMs: 1000,
    limits: { headerBlockTimeoutMs: 300 },
  });
  channels.push(channel);
  return createClient(TargetService, channel);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One call every few milliseconds, whether the ones before have been answered or not. */
async function measure({ ms }: { ms: number }): Promise<CallFigures> {
  const latencies: number[] = [];
  const failures: string[] = [];
  const pending = new Set<Promise<void>>();
  const call = async (): Promise<void> => {
    const begun = performance.now();
    try {
      const { payload } = await good.get({ size: 100 }, { timeoutMs: goodDeadlineMs });
      if (payload.length !== 100) throw new Error(`${payload.length} bytes instead of 100`);
    } catch (error) {
      failures.push(String(error));
    }
    latencies.push(performance.now() - begun);
  };
  const endsMs = performance.now() + ms;
  while (performance.now() < endsMs) {
    const one = call().finally(() => pending.delete(one));
    pending.add(one);
    await pause(callEveryMs);
  }
  await Promise.all(pending);
  return {
    calls: latencies.length,
    failed: failures.length,
    failures: failures.slice(0, 3),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    maxMs: Math.max(0, ...latencies),
  };
}

/** How the calls to a bad server ended, by code; `hung` are those that outlived their deadline. */
async function suffer({ ms, port }: { ms: number; port: number }): Promise<Record<string, number>> {
  const bad = connect(port);
  const ends: Record<string, number> = {};
  const note = (key: string): void => {
    ends[key] = (ends[key] ?? 0) + 1;
  };
  const endsMs = performance.now() + ms;
  const lane = async (): Promise<void> => {
    while (performance.now() < endsMs) {
      const begun = performance.now();
      await bad.get({ size: 1 }, { timeoutMs: badDeadlineMs }).then(
        () => note("OK"),
        (error: unknown) => note(error instanceof RpcError ? `code ${error.code}` : String(error)),
      );
      if (performance.now() - begun > badDeadlineMs + hangingMs) note("hung");
      await pause(1);
    }
  };
  await Promise.all(Array.from({ length: badLanes }, lane));
  return ends;
}

answerQuestions({
  connect: ({ port, token }: { port: number; token?: string }) => {
    good = connect(port, token);
  },
  measure,
  async measureAndSuffer(argument: { ms: number; port: number }) {
    const [figures, ends] = await Promise.all([measure(argument), suffer(argument)]);
    return { figures, ends };
  },
});
