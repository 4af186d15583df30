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
import type { ClientPeer, ServerPeer } from "../peer.js";
import { grpcJsServer as localGrpcJsServer } from "../servers/grpc-js.js";
import { connectProgram, type Program, startProgram } from "./program.js";

/** What runs the peers when they are not to share a runtime with what they test. */
const peerNode = process.env.TRUNKLINE_PEER_NODE;

function programOf(role: "client" | "server", name: string): Program {
  const script = fileURLToPath(new URL("npm-program.js", import.meta.url));
  return { command: peerNode ?? process.execPath, args: [script, role, name] };
}

function placeClient(peer: ClientPeer): ClientPeer {
  if (peerNode === undefined) return peer;
  const program = programOf("client", peer.name);
  return {
    ...peer,
    connect: (target, security) => connectProgram(program, target, security),
  };
}

function placeServer(peer: ServerPeer): ServerPeer {
  if (peerNode === undefined) return peer;
  const program = programOf("server", peer.name);
  return { ...peer, start: (security) => startProgram(program, security) };
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
