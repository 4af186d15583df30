// The official interop cases against grpc-go and grpcio, in both directions; needs Go and Python.
import { officialTrunklineClient } from "./clients/trunkline.js";
import { officialGoClient, officialGoServer } from "./foreign/grpc-go.js";
import { officialPythonClient, officialPythonServer } from "./foreign/grpcio.js";
import { describeOfficialPair } from "./run-pairs.js";
import { officialTrunklineServer } from "./servers/trunkline.js";

for (const security of ["plaintext", "tls"] as const) {
  for (const client of [officialGoClient, officialPythonClient]) {
    describeOfficialPair({ client, server: officialTrunklineServer }, security);
  }
  for (const server of [officialGoServer, officialPythonServer]) {
    describeOfficialPair({ client: officialTrunklineClient, server }, security);
  }
}
