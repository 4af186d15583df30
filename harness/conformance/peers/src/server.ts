// The server under test: told on standard input what to listen with, it runs until SIGTERM.
import { create } from "@bufbuild/protobuf";
import {
  createServer,
  plaintext,
  type ServerCredentials,
  tlsServerCredentials,
} from "@trunkline/server";
import { jsonFormat } from "@trunkline/server/json";
import { readMessages, writeMessage } from "./framing.js";
import {
  type ServerCompatRequest,
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/server_compat_pb.js";
import { ConformanceService } from "./gen/connectrpc/conformance/v1/service_pb.js";
import { messageTypes } from "./message-types.js";
import { conformanceService } from "./service.js";

const host = "127.0.0.1";

function credentialsFor({
  useTls,
  serverCreds,
  clientTlsCert,
}: ServerCompatRequest): ServerCredentials {
  if (!useTls || serverCreds === undefined) return plaintext;
  const ca = clientTlsCert.length > 0 ? clientTlsCert : undefined;
  return tlsServerCredentials({ cert: serverCreds.cert, key: serverCreds.key, ca });
}

const { value: request } = await readMessages(ServerCompatRequestSchema).next();
if (request === undefined) throw new Error("the runner has sent no request");
const server = createServer({
  formats: [jsonFormat({ registry: messageTypes })],
  maxReceiveMessageBytes: request.messageReceiveLimit || undefined,
  // Small messages, too, in the encoding of the request.
  compression: { minBytes: 0 },
});
server.addService(ConformanceService, conformanceService);
const { port } = await server.listen({ host, port: 0, credentials: credentialsFor(request) });
process.once("SIGTERM", () => void server.shutdown({ graceMs: 0 }));
const pemCert = request.useTls ? request.serverCreds?.cert : undefined;
writeMessage(
  ServerCompatResponseSchema,
  create(ServerCompatResponseSchema, { host, port, ...(pemCert ? { pemCert } : {}) }),
);
