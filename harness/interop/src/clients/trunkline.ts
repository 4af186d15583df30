// Makes the scenarios' calls with Trunkline's own client.
import {
  type CallOptions,
  type ChannelOptions,
  createChannel,
  createClient,
  type Metadata,
  RpcError,
  tlsChannelCredentials,
} from "@trunkline/client";
import { ErrorInfoSchema } from "@trunkline/core";
import { InteropService } from "../gen/trunkline/interop/v1/interop_pb.js";
import { type CallHooks, iterableCall, type ReadError } from "../iterable-call.js";
import { applicationFields } from "../outcome.js";
import type { CallSpec, ClientPeer, ClientSecurity, InteropClient, MethodName } from "../peer.js";

type Method = (request: unknown, options: CallOptions) => AsyncIterable<object> | Promise<object>;

function optionsOf(spec: CallSpec, hooks: CallHooks): CallOptions {
  return {
    metadata: (spec.metadata ?? []) as Iterable<[string, string | Uint8Array]>,
    signal: hooks.signal,
    timeoutMs: spec.timeoutMs,
    onHeader: (headers: Metadata) => hooks.onHeader(applicationFields(headers)),
    onTrailer: (trailers: Metadata) => hooks.onTrailer(applicationFields(trailers)),
  };
}

const readError: ReadError = (reason) => {
  const error = RpcError.from(reason);
  const infos = error.findDetails(ErrorInfoSchema);
  const details = infos.map(({ reason: why, domain }) => `${why}@${domain}`);
  return { code: error.code, message: error.message, details };
};

/** The channel option that secures it; none: plaintext. */
export function credentialsOf(
  security?: ClientSecurity,
): Partial<Pick<ChannelOptions, "credentials">> {
  if (!security) return {};
  return { credentials: tlsChannelCredentials({ ca: security.authority, ...security.identity }) };
}

function connect(
  target: string,
  security: ClientSecurity | undefined,
  options: ChannelOptions,
): Promise<InteropClient> {
  const channel = createChannel(target, { ...options, ...credentialsOf(security) });
  const methods = createClient(InteropService, channel) as unknown as Record<MethodName, Method>;
  return Promise.resolve({
    call: (spec: CallSpec) =>
      iterableCall(
        spec,
        (input, hooks) => methods[spec.method](input, optionsOf(spec, hooks)),
        readError,
      ),
    close: () => channel.close(),
  });
}

/** The peer. */
export const trunklineClient: ClientPeer = {
  name: "trunkline",
  lacks: [],
  connect: (target, security) => connect(target, security, {}),
};

/** The peer, which compresses every request. */
export function compressingTrunklineClient(encoding: string): ClientPeer {
  return {
    name: `trunkline with ${encoding}`,
    lacks: [],
    connect: (target, security) =>
      connect(target, security, { compression: { encoding, minBytes: 0 } }),
  };
}
