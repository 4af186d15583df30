// Makes the scenarios' calls with @grpc/grpc-js.
import { Client, credentials, Metadata, type StatusObject } from "@grpc/grpc-js";
import { DETAILS_KEY } from "../behaviour.js";
import { definition } from "../grpc-js-definition.js";
import { applicationFields, decodeDetails } from "../outcome.js";
import type {
  CallSpec,
  ClientPeer,
  ClientSecurity,
  Fields,
  InteropClient,
  Outcome,
} from "../peer.js";
import { RequestFeed } from "../request-feed.js";

/** What all four kinds of call have in common. */
interface AnyCall {
  on(event: "metadata", listener: (metadata: Metadata) => void): unknown;
  on(event: "status", listener: (status: StatusObject) => void): unknown;
  on(event: "data", listener: (message: object) => void): unknown;
  on(event: "error", listener: () => void): unknown;
  write?(message: object): unknown;
  end?(): unknown;
  cancel(): void;
}

/** Metadata as grpc-js has it. */
export function toMetadata(fields: Fields = []): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of fields) {
    metadata.add(name, typeof value === "string" ? value : Buffer.from(value));
  }
  return metadata;
}

function fieldsOf(metadata: Metadata): Fields {
  const names = Object.keys(metadata.getMap());
  return applicationFields(
    names.flatMap((name) => metadata.get(name).map((value) => [name, value] as const)),
  );
}

/** Opens the call; `answered` gets the one message of kinds that have no response stream. */
function open(client: Client, spec: CallSpec, answered: (message: object) => void): AnyCall {
  const { path, requestSerialize, responseDeserialize, ...kind } = definition[spec.method];
  const deadline = spec.timeoutMs === undefined ? {} : { deadline: Date.now() + spec.timeoutMs };
  const head = [path, requestSerialize, responseDeserialize] as const;
  const tail = [toMetadata(spec.metadata), deadline] as const;
  const [first = {}] = spec.requests;
  const callback = (_error: unknown, message?: object): void => {
    if (message) answered(message);
  };
  if (kind.requestStream && kind.responseStream)
    return client.makeBidiStreamRequest(...head, ...tail);
  if (kind.requestStream) return client.makeClientStreamRequest(...head, ...tail, callback);
  if (kind.responseStream) return client.makeServerStreamRequest(...head, first, ...tail);
  return client.makeUnaryRequest(...head, first, ...tail, callback);
}

async function write(call: AnyCall, feed: RequestFeed): Promise<void> {
  if (!call.write) return;
  for await (const request of feed.requests()) call.write(request);
  call.end?.();
}

function makeCall(client: Client, spec: CallSpec): Promise<Outcome> {
  const feed = new RequestFeed(spec);
  const responses: Outcome["responses"][number][] = [];
  let headers: Fields = [];
  const take = (message: object): void => {
    responses.push(message as Outcome["responses"][number]);
    feed.responseReceived();
    if (responses.length === spec.cancelAfter) call.cancel();
  };
  const call = open(client, spec, take);
  call.on("data", take);
  // The status says all that the error does.
  call.on("error", () => undefined);
  call.on("metadata", (metadata) => {
    headers = fieldsOf(metadata);
    if (spec.cancelAfter === 0) call.cancel();
  });
  void write(call, feed);
  return new Promise((resolve) => {
    call.on("status", ({ code, details: message, metadata }) => {
      const details = decodeDetails(metadata.get(DETAILS_KEY)[0] as Buffer | undefined);
      const trailers = fieldsOf(metadata);
      // The callback of a unary call comes after its status.
      setImmediate(() => resolve({ code, message, responses, headers, trailers, details }));
    });
  });
}

/** What secures its channel; none: plaintext. */
export function credentialsOf(
  security?: ClientSecurity,
): ReturnType<typeof credentials.createInsecure> {
  if (!security) return credentials.createInsecure();
  const { authority, identity } = security;
  const pem = (text?: string): Buffer | null => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(pem(authority), pem(identity?.key), pem(identity?.cert));
}

function connect(
  target: string,
  security: ClientSecurity | undefined,
  options: object,
): Promise<InteropClient> {
  const client = new Client(target, credentialsOf(security), options);
  return Promise.resolve({
    call: (spec: CallSpec) => makeCall(client, spec),
    close: () => client.close(),
  });
}

/** The peer. */
export const grpcJsClient: ClientPeer = {
  name: "grpc-js",
  lacks: [],
  connect: (target, security) => connect(target, security, {}),
};

/** The peer, with gzip for its requests. */
export const grpcJsGzipClient: ClientPeer = {
  name: "grpc-js with gzip",
  // A status that is no OK overtakes the answer that is still being decompressed.
  lacks: ["inflates-before-status"],
  connect: (target, security) =>
    connect(target, security, { "grpc.default_compression_algorithm": 2 }),
};
