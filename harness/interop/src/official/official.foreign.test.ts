// The official interop cases against grpc-go and grpcio, in both directions; needs Go and Python.
import { beforeAll } from "vitest";
import { prepareOfficialGo, preparePython } from "../foreign/toolchains.js";
import { officialTrunklineClient } from "./clients/trunkline.js";
import { officialGoClient, officialGoServer } from "./foreign/grpc-go.js";
import { officialPythonClient, officialPythonServer } from "./foreign/grpcio.js";
import { describeOfficialPair } from "./run-pairs.js";
import { officialTrunklineServer } from "./servers/trunkline.js";

const BUILD_TIMEOUT_MS = 600_000;

beforeAll(async () => {
  await prepareOfficialGo();
  await preparePython();
}, BUILD_TIMEOUT_MS);

for (const security of ["plaintext", "tls"] as const) {
  for (const client of [officialGoClient, officialPythonClient]) {
    describeOfficialPair({ client, server: officialTrunklineServer }, security);
  }
  for (const server of [officialGoServer, officialPythonServer]) {
    describeOfficialPair({ client: officialTrunklineClient, server }, security);
  }
}
