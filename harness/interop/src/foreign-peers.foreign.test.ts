// grpc-go and grpcio against ours; runs with `npm run interop`, because it needs Go and Python.
import { compressingTrunklineClient, trunklineClient } from "./clients/trunkline.js";
import {
  compressingPythonClient,
  compressingPythonServer,
  goClient,
  goGzipClient,
  goServer,
  pythonClient,
  pythonServer,
} from "./foreign/peers.js";
import { describePair } from "./run-pairs.js";
import { compressingTrunklineServer, trunklineServer } from "./servers/trunkline.js";

for (const security of ["plaintext", "tls", "mtls"] as const) {
  describePair({ client: goClient, server: trunklineServer }, security);
  describePair({ client: trunklineClient, server: goServer }, security);
  describePair({ client: pythonClient, server: trunklineServer }, security);
  describePair({ client: trunklineClient, server: pythonServer }, security);
}
// With compression, in each direction. grpc-go answers in the encoding of the requests, of which it has gzip alone.
describePair({ client: goGzipClient, server: trunklineServer }, "plaintext");
describePair({ client: compressingTrunklineClient("gzip"), server: goServer }, "plaintext");
for (const encoding of ["gzip", "deflate"] as const) {
  const server = compressingTrunklineServer(encoding);
  describePair({ client: compressingPythonClient(encoding), server }, "plaintext");
  const client = compressingTrunklineClient(encoding);
  describePair({ client, server: compressingPythonServer(encoding) }, "plaintext");
}
