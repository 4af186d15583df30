// Opens connections and streams, makes one exchange on each, says so, and keeps them open: `open-idle.js PORT CONNECTIONS STREAMS_EACH`.
import { createChannel, createClient } from "@trunkline/client";
import { BenchService } from "../gen/trunkline/bench/v1/bench_pb.js";
import { announce } from "../peers/sample.js";

const [port, connections, streamsEach] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
];
const open: unknown[] = [];

async function openConnection(): Promise<void> {
  const client = createClient(
    BenchService,
    createChannel(`127.0.0.1:${port}`, { shareConnections: false }),
  );
  await client.getUser({ id: "u-000042" });
  for (let i = 0; i < streamsEach; i++) {
    const call = client.chat.open();
    const replies = call.messages[Symbol.asyncIterator]();
    await call.send({ text: "hello" });
    const reply = await replies.next();
    if (reply.done) throw new Error("the stream ended");
    open.push(call, replies);
  }
  open.push(client);
}

for (let i = 0; i < connections; i += 10) {
  await Promise.all(Array.from({ length: Math.min(10, connections - i) }, openConnection));
}
announce(port);
setInterval(() => open.length, 60_000);
