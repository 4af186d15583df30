// The interop service on @grpc/grpc-js.
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
} from "@grpc/grpc-js";
import { answerOf, CancelLog, DETAILS_KEY, encodeDetails } from "../behaviour.js";
import type {
  AwaitCancelledRequest,
  BidiStreamRequest,
  ClientStreamRequest,
  Failure,
  ServerStreamRequest,
  UnaryRequest,
} from "../gen/trunkline/interop/v1/interop_pb.js";
import { definition } from "../grpc-js-definition.js";
import type { InteropServer, ServerPeer, ServerSecurity } from "../peer.js";

interface AnyCall {
  readonly metadata: Metadata;
  sendMetadata(metadata: Metadata): void;
  on(event: "cancelled", listener: () => void): unknown;
}

/** The values of one name. */
export function copy(from: Metadata, name: string): Metadata {
  const into = new Metadata();
  for (const value of from.get(name)) into.add(name, value);
  return into;
}

const trailersOf = (call: AnyCall): Metadata => copy(call.metadata, "x-echo-bin");

/** Starts a call: echoes the initial metadata and watches for its cancellation. */
function begin(call: AnyCall, log: CancelLog): void {
  const headers = copy(call.metadata, "x-echo");
  if (headers.get("x-echo").length > 0) call.sendMetadata(headers);
  const [tag] = call.metadata.get("x-tag");
  call.on("cancelled", () => log.add(String(tag)));
}

function errorOf(failure: Failure, call: AnyCall): Partial<ServiceError> {
  const metadata = trailersOf(call);
  const details = encodeDetails(failure);
  if (details) metadata.set(DETAILS_KEY, Buffer.from(details));
  return { code: failure.code, details: failure.message, metadata };
}

function unary(log: CancelLog): handleUnaryCall<UnaryRequest, object> {
  return (call, callback) => {
    begin(call, log);
    const { failure, hang, payload } = call.request;
    if (failure) callback(errorOf(failure, call));
    else if (!hang) callback(null, { payload }, trailersOf(call));
  };
}

function serverStream(log: CancelLog): handleServerStreamingCall<ServerStreamRequest, object> {
  return (call) => {
    begin(call, log);
    const { sizes, failure, hang } = call.request;
    for (const size of sizes) call.write(answerOf(size));
    if (failure) call.emit("error", errorOf(failure, call));
    else if (!hang) call.end(trailersOf(call));
  };
}

function clientStream(log: CancelLog): handleClientStreamingCall<ClientStreamRequest, object> {
  return (call, callback) => {
    begin(call, log);
    let totalBytes = 0;
    let count = 0;
    call.on("data", (request: ClientStreamRequest) => {
      if (request.failure) callback(errorOf(request.failure, call));
      totalBytes += request.payload.length;
      count++;
    });
    call.on("end", () =>
      callback(null, { totalBytes: BigInt(totalBytes), count }, trailersOf(call)),
    );
  };
}

function bidiStream(log: CancelLog): handleBidiStreamingCall<BidiStreamRequest, object> {
  return (call) => {
    begin(call, log);
    call.on("data", (request: BidiStreamRequest) => {
      for (const size of request.sizes) call.write(answerOf(size));
      if (request.failure) call.emit("error", errorOf(request.failure, call));
    });
    call.on("end", () => {
      if (call.metadata.get("x-tag").length === 0) call.end(trailersOf(call));
    });
  };
}

function awaitCancelled(log: CancelLog): handleUnaryCall<AwaitCancelledRequest, object> {
  return (call, callback) => {
    void log.wait(call.request.tag).then(() => callback(null, {}));
  };
}

function credentialsOf(security?: ServerSecurity): ServerCredentials {
  if (!security) return ServerCredentials.createInsecure();
  const { identity, clientAuthority } = security;
  const pair = { private_key: Buffer.from(identity.key), cert_chain: Buffer.from(identity.cert) };
  const roots = clientAuthority === undefined ? null : Buffer.from(clientAuthority);
  return ServerCredentials.createSsl(roots, [pair], roots !== null);
}

/** Has a server listen on a free port of 127.0.0.1. */
export async function listen(server: Server, security?: ServerSecurity): Promise<InteropServer> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentialsOf(security), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    port,
    stop: () => Promise.resolve(server.forceShutdown()),
  };
}

function start(security?: ServerSecurity): Promise<InteropServer> {
  const log = new CancelLog();
  const server = new Server();
  const { missing: _, ...implemented } = definition;
  server.addService(implemented, {
    unary: unary(log),
    serverStream: serverStream(log),
    clientStream: clientStream(log),
    bidiStream: bidiStream(log),
    awaitCancelled: awaitCancelled(log),
  } as never);
  return listen(server, security);
}

/** The peer. */
export const grpcJsServer: ServerPeer = {
  name: "grpc-js",
  // It counts milliseconds in 32 bits: whether such a call is answered before it is over is a matter of luck.
  lacks: ["long-deadline"],
  start,
};
