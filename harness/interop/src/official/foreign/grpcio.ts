// grpcio as a peer of the official cases.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pythonProgram } from "../../foreign/peers.js";
import { type Program, startDriver, startProgram } from "../../foreign/program.js";
import type { ServerPeer } from "../../peer.js";
import { soakSettings } from "../cases/soak.js";
import { namesWithout } from "../cases.js";
import type { OfficialClient } from "../peer.js";
import { encodeDescriptors } from "./descriptors.js";

interface Outcome {
  readonly id: number;
  /** What the case found fault with. */
  readonly error: string | null;
}

/** The program of a role with the contract in a file; `remove` takes the file away. */
async function prepare(role: "server" | "client"): Promise<[Program, remove: () => Promise<void>]> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-official-"));
  const descriptors = join(folder, "grpc-testing.binpb");
  await writeFile(descriptors, encodeDescriptors());
  const program = await pythonProgram(`official_${role}.py`);
  const args = [...program.args, descriptors];
  return [{ ...program, args }, () => rm(folder, { recursive: true })];
}

function settingsOf(name: string): object {
  return name in soakSettings ? soakSettings[name as keyof typeof soakSettings] : {};
}

/** grpcio, client side. */
export const officialPythonClient: OfficialClient = {
  name: "grpcio",
  // A case of its program has its probe in it.
  cases: namesWithout("load-reports").filter((name) => !name.endsWith("its probe")),
  async connect(target, security) {
    const [program, remove] = await prepare("client");
    const driver = await startDriver(program, target, security);
    return {
      async run(name) {
        const { error } = (await driver.ask({ case: name, settings: settingsOf(name) })) as Outcome;
        if (error !== null) throw new Error(`${name}: ${error}`);
      },
      async close() {
        await driver.close();
        await remove();
      },
    };
  },
};

/** grpcio, server side. */
export const officialPythonServer: ServerPeer = {
  name: "grpcio",
  lacks: ["compression-told", "load-reports"],
  async start(security) {
    const [program, remove] = await prepare("server");
    const { port, stop } = await startProgram(program, security);
    return { port, stop: () => stop().finally(remove) };
  },
};
