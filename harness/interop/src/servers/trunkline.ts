// The interop service on Trunkline's own server.
import { ErrorInfoSchema, packDetail } from "@trunkline/core";
import {
  type Code,
  createServer,
  type ListenOptions,
  RpcError,
  type Server,
  type ServerCall,
  type ServerOptions,
  type ServiceImplementation,
  tlsServerCredentials,
} from "@trunkline/server";
import { answerOf, CancelLog, errorInfoOf } from "../behaviour.js";
import { type Failure, InteropService } from "../gen/trunkline/interop/v1/interop_pb.js";
import type { InteropServer, ServerPeer, ServerSecurity } from "../peer.js";

function errorOf(failure: Failure): RpcError {
  const info = errorInfoOf(failure);
  const details = info ? [packDetail(ErrorInfoSchema, info)] : [];
  return new RpcError(failure.code as Code, failure.message, { details });
}

/** Starts a call: echoes its metadata and watches for its cancellation. */
function begin(call: ServerCall, log: CancelLog): void {
  const echo = call.metadata.getAll("x-echo");
  for (const value of echo) call.responseHeaders.append("x-echo", value);
  for (const value of call.metadata.getAll("x-echo-bin")) {
    call.responseTrailers.append("x-echo-bin", value);
  }
  if (echo.length > 0) call.sendHeaders();
  const tag = call.metadata.get("x-tag");
  if (tag !== undefined) call.signal.addEventListener("abort", () => log.add(tag));
}

/** Stays until the call is cancelled. */
function hangUntilAborted(call: ServerCall): Promise<never> {
  return new Promise((_, reject) => {
    call.signal.addEventListener("abort", () => reject(call.signal.reason));
  });
}

function implement(log: CancelLog): ServiceImplementation<typeof InteropService> {
  return {
    async unary({ failure, hang, payload }, call) {
      begin(call, log);
      if (failure) throw errorOf(failure);
      if (hang) await hangUntilAborted(call);
      return { payload };
    },
    async *serverStream({ sizes, failure, hang }, call) {
      begin(call, log);
      for (const size of sizes) yield answerOf(size);
      if (failure) throw errorOf(failure);
      if (hang) await hangUntilAborted(call);
    },
    async clientStream(requests, call) {
      begin(call, log);
      let totalBytes = 0n;
      let count = 0;
      for await (const { payload, failure } of requests) {
        if (failure) throw errorOf(failure);
        totalBytes += BigInt(payload.length);
        count++;
      }
      return { totalBytes, count };
    },
    async *bidiStream(requests, call) {
      begin(call, log);
      for await (const { sizes, failure } of requests) {
        for (const size of sizes) yield answerOf(size);
        if (failure) throw errorOf(failure);
      }
      if (call.metadata.has("x-tag")) await hangUntilAborted(call);
    },
    async awaitCancelled({ tag }) {
      await log.wait(tag);
      return {};
    },
  };
}

/** The listen option that secures it; none: plaintext. */
export function credentialsOf(
  security?: ServerSecurity,
): Partial<Pick<ListenOptions, "credentials">> {
  if (!security) return {};
  const { identity, clientAuthority } = security;
  return { credentials: tlsServerCredentials({ ...identity, ca: clientAuthority }) };
}

function createInterop(options: ServerOptions): Server {
  return createServer(options).addService(InteropService, implement(new CancelLog()));
}

/** One server on two ports, without TLS: for proxies, to which it is two. */
export async function startTwofold(): Promise<{
  readonly ports: readonly [number, number];
  stop(): Promise<void>;
}> {
  const server = createInterop({});
  const anywhere = { host: "127.0.0.1", port: 0 };
  const [first, second] = [await server.listen(anywhere), await server.listen(anywhere)];
  return {
    ports: [first.port, second.port],
    stop: async () => void (await server.shutdown({ graceMs: 1_000 })),
  };
}

async function start(
  security: ServerSecurity | undefined,
  options: ServerOptions,
): Promise<InteropServer> {
  const server = createInterop(options);
  const { port } = await server.listen({ host: "127.0.0.1", port: 0, ...credentialsOf(security) });
  return { port, stop: async () => void (await server.shutdown({ graceMs: 1_000 })) };
}

/** The peer. */
export const trunklineServer: ServerPeer = {
  name: "trunkline",
  lacks: [],
  start: (security) => start(security, {}),
};

/** The peer, which compresses every response that its client accepts compressed. */
export function compressingTrunklineServer(encoding: string): ServerPeer {
  return {
    name: `trunkline with ${encoding}`,
    lacks: [],
    start: (security) => start(security, { compression: { encoding, minBytes: 0 } }),
  };
}
