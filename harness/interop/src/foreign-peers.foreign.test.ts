// grpc-go and grpcio against ours; runs with `npm run interop`, because it needs Go and Python.
import { grpcJsClient } from "./clients/grpc-js.js";
import { goClient, goServer, pythonClient, pythonServer } from "./foreign/peers.js";
import { describePair } from "./run-pairs.js";
import { grpcJsServer } from "./servers/grpc-js.js";

for (const security of ["plaintext", "mtls"] as const) {
  describePair({ client: goClient, server: goServer }, security);
  describePair({ client: pythonClient, server: pythonServer }, security);
  describePair({ client: grpcJsClient, server: goServer }, security);
  describePair({ client: goClient, server: grpcJsServer }, security);
  describePair({ client: grpcJsClient, server: pythonServer }, security);
  describePair({ client: pythonClient, server: grpcJsServer }, security);
}
