// Makes and closes channels, or loses connections, very often, and says how much memory there is. Run with --expose-gc.
import {
  type Channel,
  type Client,
  createChannel,
  createClient,
  silentLog,
} from "@trunkline/client";
import { answerQuestions } from "@trunkline/testkit";
import { InteropService } from "../gen/trunkline/interop/v1/interop_pb.js";
import type { MemorySample } from "../run/leak.js";

interface Lane {
  readonly channel: Channel;
  readonly client: Client<typeof InteropService>;
}

let lanes: readonly Lane[] = [];
let done = 0;

function openLane(address: string): Lane {
  const channel = createChannel(`ipv4:${address}`, { log: silentLog, shareConnections: false });
  return { channel, client: createClient(InteropService, channel) };
}

/** What is really in use: twice, because finalizers run in between. */
function sample(): MemorySample {
  for (let i = 0; i < 2; i++) globalThis.gc?.();
  const { heapUsed, rss, external } = process.memoryUsage();
  return { done, heapBytes: heapUsed + external, rssBytes: rss };
}

/** So many of them at a time. */
async function inParallel(count: number, work: () => Promise<void>, width: number): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      await work();
      done++;
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Sockets take a moment to go. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 200));

answerQuestions({
  /** Channels that make one call each. */
  async cycle({ address, count }: { address: string; count: number }): Promise<MemorySample> {
    const once = async (): Promise<void> => {
      const { channel, client } = openLane(address);
      await client.unary({}, { timeoutMs: 5000 });
      await channel.close();
    };
    await inParallel(count, once, 8);
    await settle();
    return sample();
  },
  open(addresses: readonly string[]) {
    lanes = addresses.map(openLane);
  },
  /** Each call is answered with GOAWAY: the next one needs a connection of its own. */
  async reconnect({ count }: { count: number }): Promise<MemorySample> {
    const perLane = Math.ceil(count / lanes.length);
    const work = lanes.map(({ client }) =>
      inParallel(perLane, () => client.unary({}, { timeoutMs: 5000 }).then(() => undefined), 1),
    );
    await Promise.all(work);
    await settle();
    return sample();
  },
  connections: () => lanes.reduce((sum, { channel }) => sum + channel.connections().length, 0),
});
