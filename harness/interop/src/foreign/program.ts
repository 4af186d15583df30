// Peers that are programs: a server to start, or a driver that makes calls for us.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { create, type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { type Identity, startPeer } from "@trunkline/testkit";
import { InteropService } from "../gen/trunkline/interop/v1/interop_pb.js";
import { applicationFields, decodeDetails } from "../outcome.js";
import type {
  CallSpec,
  ClientSecurity,
  Fields,
  InteropClient,
  InteropServer,
  Outcome,
  ServerSecurity,
} from "../peer.js";

/** How to start a program: the command and what comes before the arguments of a role. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Pairs of name and value as drivers write them: the value of a `-bin` name is base64. */
type WireFields = readonly (readonly [string, string])[];

interface WireOutcome {
  readonly id: number;
  readonly code: number;
  readonly message: string;
  readonly responses: readonly string[];
  readonly headers: WireFields;
  readonly trailers: WireFields;
  readonly status: string | null;
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
  return {
    port: Number(peer.ready),
    stop: async () => {
      await peer.stop();
      await rm(folder, { recursive: true });
    },
  };
}

const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

function toWire(spec: CallSpec): object {
  const method: DescMethod = InteropService.method[spec.method];
  const requests = spec.requests.map((init) =>
    toText(toBinary(method.input, create(method.input, init as Message))),
  );
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    kind: method.methodKind,
    requests,
    answers: spec.requests.map((init) => ("sizes" in init ? (init.sizes?.length ?? 0) : 0)),
    metadata: (spec.metadata ?? []).map(([name, value]) => [
      name,
      typeof value === "string" ? value : toText(value),
    ]),
    timeoutMs: spec.timeoutMs ?? null,
    cancelAfter: spec.cancelAfter ?? null,
    holdOpen: spec.holdOpen ?? false,
    lockstep: spec.lockstep ?? false,
  };
}

function fromWireFields(fields: WireFields): Fields {
  return applicationFields(
    fields.map(
      ([name, value]) =>
        [name, name.endsWith("-bin") ? Buffer.from(value, "base64") : value] as const,
    ),
  );
}

function fromWire(spec: CallSpec, wire: WireOutcome): Outcome {
  const { output } = InteropService.method[spec.method];
  const status = wire.status === null ? undefined : Buffer.from(wire.status, "base64");
  return {
    code: wire.code,
    message: wire.message,
    responses: wire.responses.map((text) => fromBinary(output, Buffer.from(text, "base64"))),
    headers: fromWireFields(wire.headers),
    trailers: fromWireFields(wire.trailers),
    details: decodeDetails(status),
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
    call: async (spec) => fromWire(spec, (await driver.ask(toWire(spec))) as WireOutcome),
    close: () => driver.close(),
  };
}
