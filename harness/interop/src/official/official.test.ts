// The official interop cases between our ends, and between ours and those of grpc-js.
import { officialGrpcJsClient, officialGrpcJsServer } from "../foreign/npm-peers.js";
import { officialTrunklineClient } from "./clients/trunkline.js";
import { describeOfficialPair } from "./run-pairs.js";
import { officialTrunklineServer } from "./servers/trunkline.js";

for (const security of ["plaintext", "tls"] as const) {
  const client = officialTrunklineClient;
  const server = officialTrunklineServer;
  describeOfficialPair({ client, server }, security);
  describeOfficialPair({ client, server: officialGrpcJsServer }, security, false);
  describeOfficialPair({ client: officialGrpcJsClient, server }, security, false);
}
