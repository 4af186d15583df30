// grpc-go and grpcio against ours; runs with `npm run interop`, because it needs Go and Python.
import { beforeAll } from "vitest";
import { trunklineClient } from "./clients/trunkline.js";
import { goClient, goServer, pythonClient, pythonServer } from "./foreign/peers.js";
import { prepareGo, preparePython } from "./foreign/toolchains.js";
import { describePair } from "./run-pairs.js";
import { trunklineServer } from "./servers/trunkline.js";

const BUILD_TIMEOUT_MS = 600_000;

beforeAll(async () => {
  await prepareGo();
  await preparePython();
}, BUILD_TIMEOUT_MS);

for (const security of ["plaintext", "tls", "mtls"] as const) {
  describePair({ client: goClient, server: trunklineServer }, security);
  describePair({ client: trunklineClient, server: goServer }, security);
  describePair({ client: pythonClient, server: trunklineServer }, security);
  describePair({ client: trunklineClient, server: pythonServer }, security);
}
