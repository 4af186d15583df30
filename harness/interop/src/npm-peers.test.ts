// Other implementations from npm against ours, in both directions.
import { compressingTrunklineClient, trunklineClient } from "./clients/trunkline.js";
import {
  connectNodeBrotliClient,
  connectNodeClient,
  grpcJsClient,
  grpcJsGzipClient,
  grpcJsServer,
  niceGrpcClient,
} from "./foreign/npm-peers.js";
import { describePair } from "./run-pairs.js";
import { compressingTrunklineServer, trunklineServer } from "./servers/trunkline.js";

for (const security of ["plaintext", "tls", "mtls"] as const) {
  describePair({ client: trunklineClient, server: trunklineServer }, security);
  describePair({ client: trunklineClient, server: grpcJsServer }, security);
  describePair({ client: grpcJsClient, server: trunklineServer }, security);
}
for (const client of [niceGrpcClient, connectNodeClient]) {
  describePair({ client, server: trunklineServer }, "plaintext");
  describePair({ client, server: trunklineServer }, "tls");
}
// With compression: the same calls in each direction, in the encodings that the other side has.
for (const encoding of ["gzip", "deflate"]) {
  describePair({ client: compressingTrunklineClient(encoding), server: grpcJsServer }, "plaintext");
  const server = compressingTrunklineServer(encoding);
  describePair({ client: grpcJsGzipClient, server }, "plaintext");
}
describePair(
  { client: connectNodeBrotliClient, server: compressingTrunklineServer("br") },
  "plaintext",
);
