// How long a fresh process with a server and a client takes to its first reply.
import { fileURLToPath } from "node:url";
import type { Entrant } from "../run/measurement.js";
import { SERVER_CORE, startServer } from "../run/process.js";
import type { BenchCase } from "./bench-case.js";

const program = fileURLToPath(new URL("../workload/cold-start.js", import.meta.url));
const peers = fileURLToPath(new URL("../peers", import.meta.url));

function createEntrant(name: string): Entrant {
  return {
    name,
    async measure() {
      const from = performance.now();
      const command = [process.execPath, program, `${peers}/${name}`];
      await using _process = await startServer(command, { core: SERVER_CORE });
      return { value: performance.now() - from };
    },
  };
}

export const coldStartCase: BenchCase = {
  name: "cold-start",
  title: "Start of a process to its first reply, server and client in one",
  unit: "ms",
  better: "lower",
  entrants: ({ ours, rivals }) =>
    [ours, ...rivals]
      .filter(({ name }) => name !== "grpc-go")
      .map(({ name }) => createEntrant(name)),
};
