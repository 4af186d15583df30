// Peers that are programs: a server to start, or a driver that makes calls for us.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Identity, startPeer } from "@trunkline/testkit";
import type { ClientSecurity, InteropClient, InteropServer, ServerSecurity } from "../peer.js";
import { fromWireOutcome, toWireCall, type WireOutcome } from "./wire-form.js";

/** How to start a program: the command and what comes before the arguments of a role. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Writes PEM texts to files in a folder of their own, for programs that take paths. */
export async function writeFlags(
  identity: Identity | undefined,
  authority: string | undefined,
): Promise<{ flags: string[]; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-interop-"));
  const texts = { cert: identity?.cert, key: identity?.key, ca: authority };
  const flags: string[] = [];
  for (const [name, text] of Object.entries(texts)) {
    if (text === undefined) continue;
    const path = join(folder, `${name}.pem`);
    await writeFile(path, text, { mode: 0o600 });
    flags.push(`-${name}`, path);
  }
  return { flags, folder };
}

/** Starts a program as the interop server. */
export async function startProgram(
  program: Program,
  security?: ServerSecurity,
): Promise<InteropServer> {
  const { flags, folder } = await writeFlags(security?.identity, security?.clientAuthority);
  const peer = await startPeer({ ...program, args: [...program.args, ...flags] });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    await peer.stop(signal);
    await rm(folder, { recursive: true, force: true });
  };
  return {
    port: Number(peer.ready),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** A program that does what each line says, and answers with a line of the same id. */
export interface Driver {
  ask(question: object): Promise<{ readonly id: number }>;
  close(): Promise<void>;
}

/** Starts a program that is driven by JSON lines; it is told whom to call. */
export async function startDriver(
  program: Program,
  target: string,
  security?: ClientSecurity,
): Promise<Driver> {
  const { flags, folder } = await writeFlags(security?.identity, security?.authority);
  const peer = await startPeer({ ...program, args: [...program.args, target, ...flags] });
  const { stdin, stdout } = peer.child;
  if (!stdin || !stdout) throw new Error(`${program.command} was started without pipes`);
  const waiting = new Map<number, (answer: { id: number }) => void>();
  let lastId = 0;
  const ended = new Promise<never>((_, reject) => {
    peer.child.once("close", () => reject(new Error(`the driver has ended:\n${peer.output()}`)));
  });
  ended.catch(() => undefined);
  createInterface({ input: stdout }).on("line", (line) => {
    if (!line.startsWith("{")) return;
    const answer = JSON.parse(line) as { id: number };
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  return {
    ask: (question) => {
      const id = ++lastId;
      const answer = new Promise<{ id: number }>((resolve) => waiting.set(id, resolve));
      stdin.write(`${JSON.stringify({ ...question, id })}\n`);
      return Promise.race([answer, ended]);
    },
    close: async () => {
      stdin.end();
      await peer.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Starts a program that makes calls to `target`: a call a line in, an outcome a line out. */
export async function connectProgram(
  program: Program,
  target: string,
  security?: ClientSecurity,
): Promise<InteropClient> {
  const driver = await startDriver(program, target, security);
  return {
    call: async (spec) =>
      fromWireOutcome(spec, (await driver.ask(toWireCall(spec))) as WireOutcome),
    close: () => driver.close(),
  };
}
