// grpc-go and grpcio against ours; runs with `npm run interop`, because it needs Go and Python.
import { trunklineClient } from "./clients/trunkline.js";
import { goClient, goServer, pythonClient, pythonServer } from "./foreign/peers.js";
import { describePair } from "./run-pairs.js";
import { trunklineServer } from "./servers/trunkline.js";

for (const security of ["plaintext", "tls", "mtls"] as const) {
  describePair({ client: goClient, server: trunklineServer }, security);
  describePair({ client: trunklineClient, server: goServer }, security);
  describePair({ client: pythonClient, server: trunklineServer }, security);
  describePair({ client: trunklineClient, server: pythonServer }, security);
}
