// Makes the scenarios' calls with nice-grpc.
import { ChannelCredentials } from "@grpc/grpc-js";
import { type CallOptions, ClientError, createChannel, createClient, Metadata } from "nice-grpc";
import { definition } from "../grpc-js-definition.js";
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

function toMetadata(fields: Fields = []): Metadata {
  const metadata = Metadata();
  for (const [name, value] of fields) metadata.append(name, value);
  return metadata;
}

function fieldsOf(metadata: Metadata): Fields {
  return applicationFields(
    [...metadata].flatMap(([name, values]) => values.map((value) => [name, value] as const)),
  );
}

function optionsOf(spec: CallSpec, hooks: CallHooks): CallOptions {
  return {
    metadata: toMetadata(spec.metadata),
    signal: hooks.signal,
    onHeader: (header) => hooks.onHeader(fieldsOf(header)),
    onTrailer: (trailer) => hooks.onTrailer(fieldsOf(trailer)),
  };
}

function readError(error: unknown): { code: number; message: string; details: string[] } {
  if (error instanceof ClientError)
    return { code: error.code, message: error.details, details: [] };
  // nice-grpc reports an aborted signal as the signal's own error.
  if (error instanceof Error && error.name === "AbortError") {
    return { code: 1, message: error.message, details: [] };
  }
  throw error;
}

function connect(target: string, security?: ClientSecurity): Promise<InteropClient> {
  const credentials = security
    ? ChannelCredentials.createSsl(Buffer.from(security.authority))
    : ChannelCredentials.createInsecure();
  const channel = createChannel(target, credentials);
  const methods = createClient(definition as never, channel) as Record<MethodName, Method>;
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
export const niceGrpcClient: ClientPeer = {
  name: "nice-grpc",
  lacks: ["deadline", "details"],
  connect,
};
