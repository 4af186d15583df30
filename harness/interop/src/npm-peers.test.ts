// Other implementations from npm against ours, in both directions.
import { connectNodeClient } from "./clients/connect-node.js";
import { grpcJsClient } from "./clients/grpc-js.js";
import { niceGrpcClient } from "./clients/nice-grpc.js";
import { describePair } from "./run-pairs.js";
import { grpcJsServer } from "./servers/grpc-js.js";

// The two below prove the table itself: what rivals do with each other is not ours to fail.
describePair({ client: grpcJsClient, server: grpcJsServer }, "mtls");
describePair({ client: niceGrpcClient, server: grpcJsServer }, "plaintext");
describePair({ client: connectNodeClient, server: grpcJsServer }, "plaintext");
describePair({ client: connectNodeClient, server: grpcJsServer }, "tls");
