// A peer from npm as a program: `client NAME TARGET` makes the calls of its standard input, `official-client NAME TARGET`
// runs its cases, `server NAME` and `official-server NAME` listen.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { connectNodeBrotliClient, connectNodeClient } from "../clients/connect-node.js";
import { grpcJsClient, grpcJsGzipClient } from "../clients/grpc-js.js";
import { niceGrpcClient } from "../clients/nice-grpc.js";
import { officialGrpcJsClient } from "../official/clients/grpc-js.js";
import { officialGrpcJsServer } from "../official/servers/grpc-js.js";
import type { ClientSecurity, ServerPeer } from "../peer.js";
import { grpcJsServer } from "../servers/grpc-js.js";
import { fromWireCall, toWireOutcome, type WireCall, type WireVerdict } from "./wire-form.js";

const clients = [
  grpcJsClient,
  grpcJsGzipClient,
  niceGrpcClient,
  connectNodeClient,
  connectNodeBrotliClient,
];

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

/** Answers each line of the standard input with one of the same id. */
function answerLines(answer: (question: string) => Promise<{ readonly id: number }>): void {
  createInterface({ input: process.stdin }).on("line", async (line) => {
    process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
  });
  process.stdout.write("listening 0\n");
}

function securityOfClient(): ClientSecurity | undefined {
  return authority === undefined ? undefined : { authority, ...(identity && { identity }) };
}

async function makeCalls(): Promise<void> {
  const client = await find(clients).connect(target ?? "", securityOfClient());
  answerLines(async (line) => {
    const wire = JSON.parse(line) as WireCall & { readonly id: number };
    const spec = fromWireCall(wire);
    return toWireOutcome(spec, await client.call(spec), wire.id);
  });
}

async function runCases(): Promise<void> {
  const client = await find([officialGrpcJsClient]).connect(target ?? "", securityOfClient());
  answerLines(async (line): Promise<WireVerdict> => {
    const { id, case: wanted } = JSON.parse(line) as { id: number; case: string };
    const error = await client.run(wanted).then(
      () => null,
      (reason: unknown) => String(reason),
    );
    return { id, error };
  });
}

async function serve(peer: ServerPeer): Promise<void> {
  const security = identity && { identity, ...(authority && { clientAuthority: authority }) };
  const { port } = await peer.start(security);
  process.stdout.write(`listening ${port}\n`);
  process.stdin.resume();
}

// Whoever started this has gone.
process.stdin.on("end", () => process.exit(0));
if (role === "client") await makeCalls();
else if (role === "official-client") await runCases();
else await serve(find([role === "server" ? grpcJsServer : officialGrpcJsServer]));
