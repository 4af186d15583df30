// Peers on node:http2 for tests that say themselves what is on the wire: nothing of ours is between them and it.
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Client, createChannel, createClient, silentLog } from "@trunkline/client";
import { createServer, type ServerOptions, type ServiceImplementation } from "@trunkline/server";
import { TestService, UnaryRequestSchema } from "./gen/trunkline/test/v1/test_service_pb.js";
import { closeLater } from "./pair.js";

/** A message in its envelope. */
export function envelope(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** How a call has ended, as it stood on the wire. */
export interface WireOutcome {
  readonly headers: http2.IncomingHttpHeaders;
  /** Undefined for a response of one block of headers (Trailers-Only). */
  readonly trailers: http2.IncomingHttpHeaders | undefined;
  readonly body: Buffer;
  /** Code of RST_STREAM; 0 without one. */
  readonly rstCode: number;
}

/** A server of ours, and a client on node:http2. */
export class WireClient {
  readonly #session: http2.ClientHttp2Session;

  constructor(session: http2.ClientHttp2Session) {
    this.#session = session;
  }

  static async start(
    methods: ServiceImplementation<typeof TestService>,
    options: ServerOptions = {},
  ): Promise<WireClient> {
    const server = createServer({ log: silentLog, ...options });
    const { port } = await server.addService(TestService, methods).listen();
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.on("error", () => {});
    closeLater(async () => {
      session.destroy();
      await server.shutdown({ graceMs: 0 });
    });
    return new WireClient(session);
  }

  /** Calls Unary with these header fields beside, or instead of, the usual ones. */
  call(
    fields: Readonly<Record<string, string | string[]>>,
    request: MessageInitShape<typeof UnaryRequestSchema> = {},
  ): Promise<WireOutcome> {
    const stream = this.#session.request({
      ":method": "POST",
      ":path": "/trunkline.test.v1.TestService/Unary",
      "content-type": "application/grpc",
      te: "trailers",
      ...fields,
    });
    const outcome = collect(stream);
    stream.end(envelope(toBinary(UnaryRequestSchema, create(UnaryRequestSchema, request))));
    return outcome;
  }
}

function collect(stream: http2.ClientHttp2Stream): Promise<WireOutcome> {
  let headers: http2.IncomingHttpHeaders = {};
  let trailers: http2.IncomingHttpHeaders | undefined;
  const chunks: Buffer[] = [];
  stream.on("response", (it) => {
    headers = it;
  });
  stream.on("trailers", (it) => {
    trailers = it;
  });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("error", () => {});
  return new Promise((resolve) => {
    stream.on("close", () =>
      resolve({ headers, trailers, body: Buffer.concat(chunks), rstCode: stream.rstCode ?? 0 }),
    );
  });
}

/** Answers one stream of a client of ours. */
export type Script = (
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
) => unknown;

/** A server on node:http2 that follows a script, and a client of ours. */
export async function startScript(
  script: Script,
  options: http2.ServerOptions = {},
): Promise<{ client: Client<typeof TestService>; target: string }> {
  const server = http2.createServer(options);
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    void script(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const channel = createChannel(target, { log: silentLog });
  closeLater(async () => {
    await channel.close();
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { client: createClient(TestService, channel), target };
}

/** A response of headers, one empty message, and trailers. */
export function answer(
  stream: http2.ServerHttp2Stream,
  trailers: http2.OutgoingHttpHeaders = { "grpc-status": "0" },
  headers: http2.OutgoingHttpHeaders = {},
): void {
  stream.respond(
    { ":status": 200, "content-type": "application/grpc", ...headers },
    { waitForTrailers: true },
  );
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end(envelope(new Uint8Array(0)));
}

/** A response of one block of headers (Trailers-Only). */
export function answerTrailersOnly(
  stream: http2.ServerHttp2Stream,
  fields: http2.OutgoingHttpHeaders,
): void {
  stream.respond(
    { ":status": 200, "content-type": "application/grpc", ...fields },
    { endStream: true },
  );
}
