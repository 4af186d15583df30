// Servers that know who calls: by token, by certificate, by either.

import { type ApiKeyRecord, createApiKeyAuthenticator } from "@trunkline/plugins/api-key";
import { anyOf, authenticate } from "@trunkline/plugins/authentication";
import { createJwtAuthenticator, type JwtKeys } from "@trunkline/plugins/jwt";
import { createMtlsAuthenticator } from "@trunkline/plugins/mtls";
import { Code, createServer, principal, RpcError, type Server } from "@trunkline/server";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** Where the issuer of this example publishes its keys. */
export const issuerKeys: JwtKeys = { jwksUrl: "https://login.example/.well-known/jwks.json" };

/** A server that believes the tokens of one issuer. Anybody may ask for its health, and for nothing else. */
export function createTokenServer(keys: JwtKeys = issuerKeys): Server {
  const jwt = createJwtAuthenticator({
    issuer: "https://login.example",
    audience: "greeter",
    keys,
  });
  return createServer({
    interceptors: [authenticate(jwt, { publicMethods: ["/grpc.health.v1.Health/*"] })],
  });
}

/** A server that believes certificates of one trust domain as well as tokens. */
export function createMeshServer(keys: JwtKeys = issuerKeys): Server {
  const mtls = createMtlsAuthenticator({ trustDomains: ["mesh.example"] });
  const jwt = createJwtAuthenticator({
    issuer: "https://login.example",
    audience: "greeter",
    keys,
  });
  return createServer({ interceptors: [authenticate(anyOf(mtls, jwt))] });
}

/** A server that believes API keys, of which it knows hashes alone; `setKeys` of the result takes others. */
export function createKeyServer(keys: readonly ApiKeyRecord[]): {
  server: Server;
  setKeys: (keys: readonly ApiKeyRecord[]) => void;
} {
  const apiKeys = createApiKeyAuthenticator({ keys });
  const server = createServer({ interceptors: [authenticate(apiKeys)] });
  return { server, setKeys: (next) => apiKeys.setKeys(next) };
}

/** Greets callers by the name that they have proved. */
export function addGreeter(server: Server): void {
  server.addService(GreeterService, {
    sayHello(request, call) {
      const who = call.context.get(principal);
      if (who === undefined) throw new RpcError(Code.UNAUTHENTICATED, "nobody knows who you are");
      return { greeting: `${request.name} from ${who.name} (${who.kind})` };
    },
  });
}
