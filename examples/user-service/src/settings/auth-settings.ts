// Settings of who may call: by token, by key, by certificate; and what they may do.
import type { Variables } from "./variables.js";

/** Who may call. With none of `jwt`, `apiKeysFile` and `mtls`, everybody may do everything. */
export interface AuthSettings {
  readonly jwt: JwtSettings | undefined;
  /** A JSON file with a list of key records; it is watched. */
  readonly apiKeysFile: string | undefined;
  /** Whether client certificates tell who calls. */
  readonly mtls: boolean;
  /** A policy of gRFC A43; it is watched. */
  readonly policyFile: string | undefined;
  /** Methods that anybody may call, as `/package.Service/Method` or `/package.Service/*`. */
  readonly publicMethods: readonly string[];
}

/** Which tokens are believed. */
export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly keys:
    | { readonly jwksUrl: string; readonly allowHttp: boolean }
    | { readonly secret: string };
}

/** @throws {StartupError} naming the variable at fault. */
export function readAuthSettings(variables: Variables, hasClientCa: boolean): AuthSettings {
  const publicMethods = variables.list("PUBLIC_METHODS");
  for (const it of publicMethods) {
    if (/^\/[^/*]+\/([^/*]+|\*)$/.test(it)) continue;
    variables.refuse(
      `PUBLIC_METHODS must have paths /package.Service/Method or /package.Service/*, not "${it}"`,
    );
  }
  const mtls = variables.flag("AUTH_MTLS", "off");
  if (mtls && !hasClientCa)
    variables.refuse("AUTH_MTLS needs TLS_CLIENT_CA, which vouches for the certificates");
  return {
    jwt: readJwtSettings(variables),
    apiKeysFile: variables.text("API_KEYS_FILE"),
    mtls,
    policyFile: variables.text("AUTHZ_POLICY_FILE"),
    publicMethods: publicMethods.length > 0 ? publicMethods : ["/grpc.health.v1.Health/*"],
  };
}

function readJwtSettings(variables: Variables): JwtSettings | undefined {
  const [issuer, audience] = [variables.text("JWT_ISSUER"), variables.text("JWT_AUDIENCE")];
  const jwksUrl = variables.url("JWT_JWKS_URL", ["https", "http"]);
  const secret = variables.text("JWT_SECRET");
  if (!(issuer || audience || jwksUrl || secret)) return undefined;
  if (!issuer || !audience || (jwksUrl === undefined) === (secret === undefined)) {
    variables.refuse(
      "JWT_ISSUER and JWT_AUDIENCE go together, and with either JWT_JWKS_URL or JWT_SECRET",
    );
  }
  if (secret !== undefined) {
    if (Buffer.byteLength(secret) < 32) variables.refuse("JWT_SECRET must have at least 32 bytes");
    return { issuer, audience, keys: { secret } };
  }
  return {
    issuer,
    audience,
    keys: { jwksUrl: jwksUrl!, allowHttp: variables.flag("JWT_ALLOW_HTTP", "off") },
  };
}
