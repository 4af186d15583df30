// Other implementations from npm against ours, in both directions.
import { connectNodeClient } from "./clients/connect-node.js";
import { grpcJsClient } from "./clients/grpc-js.js";
import { niceGrpcClient } from "./clients/nice-grpc.js";
import { trunklineClient } from "./clients/trunkline.js";
import { describePair } from "./run-pairs.js";
import { grpcJsServer } from "./servers/grpc-js.js";
import { trunklineServer } from "./servers/trunkline.js";

for (const security of ["plaintext", "tls", "mtls"] as const) {
  describePair({ client: trunklineClient, server: trunklineServer }, security);
  describePair({ client: trunklineClient, server: grpcJsServer }, security);
  describePair({ client: grpcJsClient, server: trunklineServer }, security);
}
for (const client of [niceGrpcClient, connectNodeClient]) {
  describePair({ client, server: trunklineServer }, "plaintext");
  describePair({ client, server: trunklineServer }, "tls");
}
