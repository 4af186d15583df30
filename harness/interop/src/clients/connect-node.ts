// Makes the scenarios' calls with Connect's gRPC transport for Node.js.
import {
  type CallOptions,
  ConnectError,
  createClient,
  decodeBinaryHeader,
  encodeBinaryHeader,
} from "@connectrpc/connect";
import {
  compressionBrotli,
  createGrpcTransport,
  type GrpcTransportOptions,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "@trunkline/core";
import { InteropService } from "../gen/trunkline/interop/v1/interop_pb.js";
import { type CallHooks, iterableCall } from "../iterable-call.js";
import { applicationFields } from "../outcome.js";
import type {
  CallSpec,
  ClientPeer,
  ClientSecurity,
  Fields,
  InteropClient,
  MethodName,
} from "../peer.js";

type Method = (request: unknown, options: CallOptions) => AsyncIterable<object> | Promise<object>;

function toHeaders(fields: Fields = []): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) {
    headers.append(name, typeof value === "string" ? value : encodeBinaryHeader(value));
  }
  return headers;
}

function fieldsOf(headers: Headers): Fields {
  return applicationFields(
    [...headers].flatMap(([name, joined]): Fields => {
      if (!name.endsWith("-bin")) return [[name, joined]];
      return joined.split(",").map((value) => [name, decodeBinaryHeader(value.trim())]);
    }),
  );
}

function optionsOf(spec: CallSpec, hooks: CallHooks): CallOptions {
  return {
    headers: toHeaders(spec.metadata),
    signal: hooks.signal,
    ...(spec.timeoutMs === undefined ? {} : { timeoutMs: spec.timeoutMs }),
    onHeader: (headers) => hooks.onHeader(fieldsOf(headers)),
    onTrailer: (trailers) => hooks.onTrailer(fieldsOf(trailers)),
  };
}

function readError(reason: unknown): ReturnType<Parameters<typeof iterableCall>[2]> {
  const error = ConnectError.from(reason);
  const infos = error.findDetails(ErrorInfoSchema);
  const details = infos.map(({ reason: why, domain }) => `${why}@${domain}`);
  const { code, rawMessage: message } = error;
  return { code, message, details, trailers: fieldsOf(error.metadata) };
}

function connect(
  target: string,
  security: ClientSecurity | undefined,
  options: Pick<GrpcTransportOptions, "sendCompression" | "acceptCompression">,
): Promise<InteropClient> {
  const baseUrl = `${security ? "https" : "http"}://${target}`;
  const tls = security && { ca: security.authority, ...security.identity };
  const sessionManager = new Http2SessionManager(baseUrl, {}, tls);
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager,
    readMaxBytes: 4 << 20,
    compressMinBytes: 1,
    ...options,
  });
  const methods = createClient(InteropService, transport) as unknown as Record<MethodName, Method>;
  return Promise.resolve({
    call: (spec: CallSpec) =>
      iterableCall(
        spec,
        (input, hooks) => methods[spec.method](input, optionsOf(spec, hooks)),
        readError,
      ),
    close: () => sessionManager.abort(),
  });
}

/** The peer. */
export const connectNodeClient: ClientPeer = {
  name: "connect-node",
  lacks: ["early-headers", "long-deadline"],
  connect: (target, security) => connect(target, security, {}),
};

/** The peer, with brotli in both directions. */
export const connectNodeBrotliClient: ClientPeer = {
  name: "connect-node with br",
  lacks: ["early-headers", "long-deadline"],
  connect: (target, security) =>
    connect(target, security, {
      sendCompression: compressionBrotli,
      acceptCompression: [compressionBrotli],
    }),
};
