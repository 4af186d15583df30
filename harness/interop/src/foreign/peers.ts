// grpc-go and grpcio as peers of the table of scenarios.
import { fileURLToPath } from "node:url";
import type { ClientPeer, ServerPeer } from "../peer.js";
import { connectProgram, type Program, startProgram } from "./program.js";
import { prepareGo, preparePython } from "./toolchains.js";

async function goProgram(role: "server" | "client", compression = ""): Promise<Program> {
  const env = { INTEROP_COMPRESSION: compression };
  return { command: await prepareGo(), args: [role], env };
}

/** One of our programs on grpcio, by the name of its file. */
export async function pythonProgram(file: string, compression = ""): Promise<Program> {
  const { python, modules } = await preparePython();
  const script = fileURLToPath(new URL(`../../python/${file}`, import.meta.url));
  // `fork` support of the C core warns on standard error, and is of no use here.
  return {
    command: python,
    args: [script],
    env: {
      PYTHONPATH: modules,
      GRPC_ENABLE_FORK_SUPPORT: "0",
      INTEROP_COMPRESSION: compression,
    },
  };
}

/** grpc-go, client side. */
export const goClient: ClientPeer = {
  name: "grpc-go",
  lacks: [],
  connect: async (target, security) => connectProgram(await goProgram("client"), target, security),
};

/** grpc-go, server side. */
export const goServer: ServerPeer = {
  name: "grpc-go",
  lacks: [],
  start: async (security) => startProgram(await goProgram("server"), security),
};

/** grpcio, client side. */
export const pythonClient: ClientPeer = {
  name: "grpcio",
  lacks: ["early-headers"],
  connect: async (target, security) =>
    connectProgram(await pythonProgram("interop_client.py"), target, security),
};

/** grpcio, server side. */
export const pythonServer: ServerPeer = {
  name: "grpcio",
  lacks: [],
  start: async (security) => startProgram(await pythonProgram("interop_server.py"), security),
};

/** What grpcio can compress with. */
export type PythonCompression = "gzip" | "deflate";

/** grpc-go, client side, whose requests are compressed with gzip. */
export const goGzipClient: ClientPeer = {
  name: "grpc-go with gzip",
  lacks: [],
  connect: async (target, security) =>
    connectProgram(await goProgram("client", "gzip"), target, security),
};

/** grpcio, client side, whose requests are compressed. */
export function compressingPythonClient(compression: PythonCompression): ClientPeer {
  return {
    name: `grpcio with ${compression}`,
    lacks: ["early-headers"],
    connect: async (target, security) =>
      connectProgram(await pythonProgram("interop_client.py", compression), target, security),
  };
}

/** grpcio, server side, whose responses are compressed. */
export function compressingPythonServer(compression: PythonCompression): ServerPeer {
  return {
    name: `grpcio with ${compression}`,
    lacks: [],
    start: async (security) =>
      startProgram(await pythonProgram("interop_server.py", compression), security),
  };
}
