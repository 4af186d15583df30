// The benchmark's contract as @grpc/grpc-js loads it at run time, the way its users do.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as grpcJs from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

// biome-ignore lint/suspicious/noExplicitAny: grpc-js has no types for clients made at run time.
type LoadedClient = any;

const require = createRequire(import.meta.url);
/** grpc-js is CommonJS; loading it as such is its usual way. */
export const grpc: typeof grpcJs = require("@grpc/grpc-js");

const root = join(dirname(fileURLToPath(import.meta.url)), "../../../../../proto");

/** grpc-js's client class for the bench service; its `service` is the definition for servers. */
export function loadBenchService(): LoadedClient {
  const definition = loadSync("trunkline/bench/v1/bench.proto", {
    includeDirs: [root],
    keepCase: false,
    longs: Number,
    defaults: true,
  });
  const loaded: LoadedClient = grpc.loadPackageDefinition(definition);
  return loaded.trunkline.bench.v1.BenchService;
}
