// A peer from npm as a program: `client NAME TARGET` makes the calls of its standard input, `server NAME` listens.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { connectNodeBrotliClient, connectNodeClient } from "../clients/connect-node.js";
import { grpcJsClient, grpcJsGzipClient } from "../clients/grpc-js.js";
import { niceGrpcClient } from "../clients/nice-grpc.js";
import type { InteropClient } from "../peer.js";
import { grpcJsServer } from "../servers/grpc-js.js";
import { fromWireCall, toWireOutcome, type WireCall } from "./wire-form.js";

const clients = [
  grpcJsClient,
  grpcJsGzipClient,
  niceGrpcClient,
  connectNodeClient,
  connectNodeBrotliClient,
];
const servers = [grpcJsServer];

// `-cert PATH`, as the programs in Go and Python have it.
const text = { type: "string" } as const;
const { positionals, values } = parseArgs({
  args: process.argv.slice(2).map((argument) => argument.replace(/^-(?=(cert|key|ca)$)/, "--")),
  options: { cert: text, key: text, ca: text },
  allowPositionals: true,
});
const [role, name, target] = positionals;

function read(path: string | undefined): string | undefined {
  return path === undefined ? undefined : readFileSync(path, "utf8");
}

const [cert, key, authority] = [values.cert, values.key, values.ca].map(read);
const identity = cert !== undefined && key !== undefined ? { cert, key } : undefined;

function find<T extends { readonly name: string }>(peers: readonly T[]): T {
  const peer = peers.find((candidate) => candidate.name === name);
  if (!peer) throw new Error(`there is no ${role} "${name}"`);
  return peer;
}

async function answer(client: InteropClient, line: string): Promise<void> {
  const wire = JSON.parse(line) as WireCall & { readonly id: number };
  const spec = fromWireCall(wire);
  const outcome = await client.call(spec);
  process.stdout.write(`${JSON.stringify(toWireOutcome(spec, outcome, wire.id))}\n`);
}

async function makeCalls(): Promise<void> {
  const security =
    authority === undefined ? undefined : { authority, ...(identity && { identity }) };
  const client = await find(clients).connect(target ?? "", security);
  createInterface({ input: process.stdin }).on("line", (line) => void answer(client, line));
  process.stdout.write("listening 0\n");
}

async function serve(): Promise<void> {
  const security = identity && { identity, ...(authority && { clientAuthority: authority }) };
  const { port } = await find(servers).start(security);
  process.stdout.write(`listening ${port}\n`);
  process.stdin.resume();
}

// Whoever started this has gone.
process.stdin.on("end", () => process.exit(0));
await (role === "client" ? makeCalls() : serve());
