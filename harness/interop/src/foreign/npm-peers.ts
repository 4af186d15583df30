// The peers from npm: in this process, or each in one of its own on the Node.js that TRUNKLINE_PEER_NODE names.
import { fileURLToPath } from "node:url";
import {
  connectNodeClient as localConnectNode,
  connectNodeBrotliClient as localConnectNodeBrotli,
} from "../clients/connect-node.js";
import {
  grpcJsClient as localGrpcJs,
  grpcJsGzipClient as localGrpcJsGzip,
} from "../clients/grpc-js.js";
import { niceGrpcClient as localNiceGrpc } from "../clients/nice-grpc.js";
import { officialGrpcJsClient as localOfficialClient } from "../official/clients/grpc-js.js";
import type { OfficialClient } from "../official/peer.js";
import { officialGrpcJsServer as localOfficialServer } from "../official/servers/grpc-js.js";
import type { ClientPeer, ServerPeer } from "../peer.js";
import { grpcJsServer as localGrpcJsServer } from "../servers/grpc-js.js";
import { connectProgram, type Program, startDriver, startProgram } from "./program.js";
import type { WireVerdict } from "./wire-form.js";

/** What runs the peers when they are not to share a runtime with what they test. */
const peerNode = process.env.TRUNKLINE_PEER_NODE;

function programOf(role: string, name: string): Program {
  const script = fileURLToPath(new URL("npm-program.js", import.meta.url));
  // It is no test, and says nothing in the journal of those.
  const env = { TRUNKLINE_TEST_JOURNAL: "" };
  return { command: peerNode ?? process.execPath, args: [script, role, name], env };
}

function placeClient(peer: ClientPeer): ClientPeer {
  if (peerNode === undefined) return peer;
  const program = programOf("client", peer.name);
  return {
    ...peer,
    connect: (target, security) => connectProgram(program, target, security),
  };
}

function placeServer(peer: ServerPeer, role = "server"): ServerPeer {
  if (peerNode === undefined) return peer;
  const program = programOf(role, peer.name);
  return { ...peer, start: (security) => startProgram(program, security) };
}

function placeOfficialClient(peer: OfficialClient): OfficialClient {
  if (peerNode === undefined) return peer;
  const program = programOf("official-client", peer.name);
  return {
    ...peer,
    async connect(target, security) {
      const driver = await startDriver(program, target, security);
      return {
        async run(name) {
          const { error } = (await driver.ask({ case: name })) as WireVerdict;
          if (error !== null) throw new Error(`${name}: ${error}`);
        },
        close: () => driver.close(),
      };
    },
  };
}

/** grpc-js, client side. */
export const grpcJsClient: ClientPeer = placeClient(localGrpcJs);
/** grpc-js with gzip for its requests. */
export const grpcJsGzipClient: ClientPeer = placeClient(localGrpcJsGzip);
/** nice-grpc, client side. */
export const niceGrpcClient: ClientPeer = placeClient(localNiceGrpc);
/** Connect's gRPC transport for Node.js. */
export const connectNodeClient: ClientPeer = placeClient(localConnectNode);
/** The same, with Brotli for its requests. */
export const connectNodeBrotliClient: ClientPeer = placeClient(localConnectNodeBrotli);
/** grpc-js, server side. */
export const grpcJsServer: ServerPeer = placeServer(localGrpcJsServer);
/** grpc-js, client side of the official cases. */
export const officialGrpcJsClient: OfficialClient = placeOfficialClient(localOfficialClient);
/** grpc-js, server side of the official cases. */
export const officialGrpcJsServer: ServerPeer = placeServer(localOfficialServer, "official-server");
