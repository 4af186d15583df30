// Makes channels, uses them or not, and lets go of them without closing: says what is left. Needs --expose-gc. Arguments: the target, and counts.
import { type Channel, createChannel, createClient, silentLog } from "@trunkline/client";
import { TestService } from "../gen/trunkline/test/v1/test_service_pb.js";

const [, , target = "", unused = "0", used = "0"] = process.argv;
const open = (shareConnections: boolean): Channel =>
  createChannel(target, { log: silentLog, shareConnections, idleTimeoutMs: 3_600_000 });

/** Turns of the event loop in which finalizers run. */
async function collect(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc?.();
  }
}

async function callOnce(shareConnections: boolean): Promise<WeakRef<Channel>> {
  const channel = open(shareConnections);
  await createClient(TestService, channel).unary({}, { timeoutMs: 10_000 });
  for await (const _state of channel.states()) break;
  return new WeakRef(channel);
}

async function heapAfter(count: number, work: () => Promise<unknown> | unknown): Promise<number> {
  for (let i = 0; i < count; i++) {
    await work();
    if (i % 250 === 249) await collect();
  }
  await collect();
  return process.memoryUsage().heapUsed;
}

async function measure(count: number, work: () => Promise<unknown> | unknown): Promise<number> {
  const before = await heapAfter(count / 2, work);
  return ((await heapAfter(count / 2, work)) - before) / (count / 2);
}

const first = await callOnce(true);
const others = [await callOnce(false), await callOnce(true)];
// In a function of its own: nothing on the stack may refer to the channel.
const kept = open(true);
const keptClient = createClient(TestService, kept);
await keptClient.unary({}, { timeoutMs: 10_000 });
await collect();
const left = [first, ...others].filter((channel) => channel.deref() !== undefined).length;
await keptClient.unary({}, { timeoutMs: 10_000 });
const closing = async (): Promise<void> => {
  const channel = open(true);
  channel.connect();
  await channel.close();
};
const result = {
  left,
  keptConnections: kept.connections().length,
  bytesPerUnused: await measure(Number(unused), () => open(true)),
  bytesPerClosed: await measure(Number(unused), closing),
  bytesPerUsed: await measure(Number(used), () => callOnce(false)),
};
process.stdout.write(JSON.stringify(result));
