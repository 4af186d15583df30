// Prints what gzip costs for one message, in CPU time of this process: `gzip.js ours|gzipSync BYTES MEASURE_MS PORT`.
import { gzipSync } from "node:zlib";
import { createChannel, createClient } from "@trunkline/client";
import { BenchService } from "../gen/trunkline/bench/v1/bench_pb.js";

/** Calls or compressions between two looks at the clock. */
const BATCH_BYTES = 2_097_152;

const [, , mode, size, measureMs, port] = process.argv;
const payload = createJson(Number(size));
const batch = Math.ceil(BATCH_BYTES / payload.length);
const cpuUs = await measure();
process.stdout.write(`${JSON.stringify({ cpuUs })}\n`);
process.exit(0);

/** Text as web services send it: names again and again, values that differ. */
function createJson(byteCount: number): Uint8Array {
  const rows: string[] = [];
  for (let i = 0, length = 0; length < byteCount; i++) {
    const [name, email] = [`user ${(i * 7919) % 1000}`, `user${(i * 31) % 977}@example.com`];
    const score = Math.sin(i).toFixed(6);
    const row = JSON.stringify({ id: i, name, email, active: i % 3 === 0, score, tag: i % 17 });
    rows.push(row);
    length += row.length + 1;
  }
  return new TextEncoder().encode(rows.join(",")).subarray(0, byteCount);
}

/** CPU time in microseconds, in all threads of this process. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * What a call with gzip takes more than one without; or, what `gzipSync` takes in the same place, beside calls
 * without. Compressing the same bytes in a loop would be quicker by half, with all caches full of nothing else.
 */
async function measure(): Promise<number> {
  const channel = createChannel(`127.0.0.1:${port}`);
  const client = createClient(BenchService, channel);
  const send = async (compression: string, library: boolean) => {
    const before = cpuTime();
    for (let i = 0; i < batch; i++) {
      if (library) gzipSync(payload);
      const { byteCount } = await client.upload([{ chunk: payload }], { compression });
      if (Number(byteCount) !== payload.length) throw new Error("wrong number of bytes");
    }
    return cpuTime() - before;
  };
  const sendCompressed = () => (mode === "ours" ? send("gzip", false) : send("identity", true));
  const sendPlain = () => send("identity", false);
  await sendCompressed();
  await sendPlain();
  let [count, spent] = [0, 0];
  for (const until = performance.now() + Number(measureMs); performance.now() < until; ) {
    spent += (await sendCompressed()) - (await sendPlain());
    count += batch;
  }
  return spent / count;
}
