// A process with a channel that nobody closes: it must end by itself. Arguments: what it does, and the target.
import { createChannel, createClient, silentLog } from "@trunkline/client";
import { TestService } from "../gen/trunkline/test/v1/test_service_pb.js";

const [, , what = "", target = ""] = process.argv;
const serviceConfig = {
  loadBalancingConfig: [{ round_robin: {} }],
  healthCheckConfig: { serviceName: "" },
};
const channel = createChannel(target, {
  log: silentLog,
  serviceConfig,
  shareConnections: what !== "alone",
});
const client = createClient(TestService, channel);

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Pending for ever. */
async function follow(): Promise<void> {
  for await (const state of channel.states()) say(state);
}

const acts: Readonly<Record<string, () => Promise<void>>> = {
  /** A connection stays open, with a watch of health on it. */
  call: async () => say((await client.unary({}, { timeoutMs: 10_000 })).text),
  alone: async () => say((await client.unary({}, { timeoutMs: 10_000 })).text),
  /** Nobody waits for the attempts that go on. */
  fail: async () => {
    await client.unary({}, { timeoutMs: 10_000 }).catch((error: Error) => say(error.message));
    say(channel.state);
  },
  follow: async () => {
    void follow();
    await channel.waitForReady({ timeoutMs: 10_000 });
  },
  connect: async () => {
    channel.connect();
  },
  /** Waiting is work: the process goes on until there is a server, or the time is up. */
  wait: () => channel.waitForReady(),
  waitInVain: () =>
    channel.waitForReady({ timeoutMs: 1500 }).catch((error: Error) => say(error.message)),
};
await acts[what]?.();
say(`done ${channel.state}`);
