// The client: one channel whose servers suffer, calls at a steady pace, and a resolver that the scenario moves.
import {
  type Address,
  type Channel,
  type ChannelOptions,
  type Client,
  createChannel,
  createClient,
  createManualResolver,
  type Resolution,
  silentLog,
} from "@trunkline/client";
import { answerQuestions } from "@trunkline/testkit";
import { InteropService } from "../gen/trunkline/interop/v1/interop_pb.js";
import { Load, type LoadOrder } from "./load.js";

/** Options of the channel, as far as they can be sent to another process. */
export type ClientOptions = Pick<
  ChannelOptions,
  "serviceConfig" | "limits" | "backoff" | "connectTimeoutMs"
>;

/** Whom to call, and how. */
export interface OpenOrder {
  /** `127.0.0.2:1234` */
  readonly addresses: readonly string[];
  readonly options: ClientOptions;
}

const resolver = createManualResolver();
let channel: Channel;
let client: Client<typeof InteropService>;
let load: Load | undefined;

function toAddress(text: string): Address {
  const [host = "", port] = text.split(":");
  return { kind: "tcp", host, port: Number(port) };
}

function toResolution(addresses: readonly string[]): Resolution {
  return { endpoints: addresses.map((text) => ({ addresses: [toAddress(text)] })) };
}

answerQuestions({
  open({ addresses, options }: OpenOrder) {
    resolver.update(toResolution(addresses));
    channel = createChannel("manual:chaos", {
      log: silentLog,
      ...options,
      resolvers: { manual: resolver },
    });
    client = createClient(InteropService, channel);
  },
  resolve(addresses: readonly string[]) {
    resolver.update(toResolution(addresses));
  },
  begin(order: LoadOrder) {
    load = new Load(client, order);
  },
  stop: () => load?.stop(),
  /** One call, however long it takes to get a connection; how long it took. */
  async probe({ timeoutMs }: { timeoutMs: number }): Promise<number> {
    const begunMs = performance.now();
    await client.unary({}, { timeoutMs, waitForReady: true });
    return performance.now() - begunMs;
  },
  connections: () => channel.connections().length,
});
