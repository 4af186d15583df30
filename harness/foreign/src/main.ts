// `npm run foreign -- [--peer NAME]...`: other implementations of HTTP/2 against our engine, in both directions.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { type Authority, createAuthority, type Identity, run, startPeer } from "@trunkline/testkit";
import { makeExchanges } from "./engine-client.js";
import { expected, type Outcome } from "./exchanges.js";
import { startResponder } from "./responder.js";
import { type ForeignProgram, prepareGo, preparePython } from "./toolchains.js";
import { checkCurl, checkH2load, checkNghttp } from "./tools.js";

/** One foreign implementation: what it does against our server, and how its server is started. */
interface Foreign {
  readonly name: string;
  client(base: string): Promise<void>;
  readonly program?: () => Promise<ForeignProgram>;
}

/** The first difference to what is expected, in words. */
function compare(outcomes: readonly Outcome[]): void {
  for (const [i, wanted] of expected.entries()) {
    const found = outcomes[i];
    if (isDeepStrictEqual(found, wanted)) continue;
    const show = (one: Outcome | undefined): string =>
      JSON.stringify(one)?.slice(0, 300) ?? "nothing";
    throw new Error(`exchange ${i + 1} is ${show(found)} where ${show(wanted)} is expected`);
  }
  if (outcomes.length !== expected.length)
    throw new Error(`${outcomes.length} exchanges were made`);
}

function programPeer(name: string, prepare: () => Promise<ForeignProgram>): Foreign {
  return {
    name,
    program: prepare,
    async client(base) {
      const { command, args } = await prepare();
      const { code, stdout, stderr } = await run(command, [...args, "client", base]);
      if (code !== 0) throw new Error(`the client ended with ${code}: ${stderr}`);
      compare(JSON.parse(stdout) as Outcome[]);
    },
  };
}

const peers: readonly Foreign[] = [
  { name: "nghttp", client: checkNghttp },
  { name: "h2load", client: checkH2load },
  { name: "curl", client: checkCurl },
  programPeer("go-net-http", prepareGo),
  programPeer("python-h2", preparePython),
];

/** A foreign client against our server, which must have found no fault with it. */
async function againstServer(peer: Foreign, identity: Identity | undefined): Promise<void> {
  const responder = await startResponder(identity);
  try {
    const scheme = identity === undefined ? "http" : "https";
    await peer.client(`${scheme}://127.0.0.1:${responder.port}`);
    const [complaint] = responder.complaints;
    if (complaint !== undefined) throw new Error(`our server has complained: ${complaint}`);
  } finally {
    await responder.stop();
  }
}

/** Our client against a foreign server. */
async function againstClient(
  prepare: () => Promise<ForeignProgram>,
  identity: Identity | undefined,
  authority: Authority,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-foreign-"));
  const files = identity === undefined ? [] : [join(folder, "cert.pem"), join(folder, "key.pem")];
  const [certFile, keyFile] = files;
  if (identity !== undefined && certFile !== undefined && keyFile !== undefined) {
    await writeFile(certFile, identity.cert);
    await writeFile(keyFile, identity.key, { mode: 0o600 });
  }
  const { command, args } = await prepare();
  const server = await startPeer({ command, args: [...args, "server", ...files] });
  try {
    compare(await makeExchanges(Number(server.ready), identity && authority.cert));
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

async function attempt(name: string, check: () => Promise<void>): Promise<boolean> {
  const begun = performance.now();
  const spent = (): string => `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  try {
    await check();
    console.log(`ok   ${name}, ${spent()}`);
    return true;
  } catch (error) {
    console.log(`FAIL ${name}, ${spent()}: ${(error as Error).message}`);
    return false;
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { peer: { type: "string", multiple: true } } });
  const chosen = peers.filter(({ name }) => values.peer?.includes(name) ?? true);
  if (chosen.length === 0) throw new Error(`peers are ${peers.map(({ name }) => name).join(", ")}`);
  const authority = createAuthority();
  const identity = authority.issue("localhost", ["localhost", "127.0.0.1"]);
  const results: boolean[] = [];
  for (const peer of chosen) {
    for (const [transport, own] of [
      ["plaintext", undefined],
      ["TLS", identity],
    ] as const) {
      const check = (): Promise<void> => againstServer(peer, own);
      results.push(await attempt(`${peer.name} client -> our server, ${transport}`, check));
      const { program } = peer;
      if (program === undefined) continue;
      const reverse = (): Promise<void> => againstClient(program, own, authority);
      results.push(await attempt(`our client -> ${peer.name} server, ${transport}`, reverse));
    }
  }
  const failed = results.filter((result) => !result).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(`foreign: ${(error as Error).message}`);
  process.exitCode = 1;
}
