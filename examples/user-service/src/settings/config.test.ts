// Tests of the settings.
import { describe, expect, it } from "vitest";
import { readConfig } from "./config.js";

describe("readConfig", () => {
  it("has a default for everything", () => {
    expect(readConfig({ PORT: "", HOST: "" })).toEqual({
      host: "127.0.0.1",
      port: 50_051,
      databaseUrl: undefined,
      workers: 1,
      dataDir: expect.stringMatching(/data$/),
      tls: undefined,
      proxies: [],
      auth: {
        jwt: undefined,
        apiKeysFile: undefined,
        mtls: false,
        policyFile: undefined,
        publicMethods: ["/grpc.health.v1.Health/*"],
      },
      limits: {
        maxConnections: undefined,
        maxCalls: undefined,
        maxWaitingCalls: 0,
        rate: undefined,
        burst: undefined,
        redisUrl: undefined,
        shedLoad: false,
      },
      telemetry: {
        logLevel: "warn",
        accessLog: "errors",
        logPayloads: [],
        metricsPort: undefined,
        metricsHost: "127.0.0.1",
        otlpEndpoint: undefined,
        binaryLogFile: undefined,
        binaryLogFilter: "*",
      },
      validateResponses: false,
      maxFileBytes: 67_108_864,
      pageTokenSecret: undefined,
      reflection: "on",
      channelz: "off",
      drainMs: 0,
      graceMs: 10_000,
    });
  });

  it("takes what it is given", () => {
    const env = {
      HOST: "::",
      PORT: "0",
      DATABASE_URL: "postgres://x",
      WORKERS: "4",
      DATA_DIR: "/d",
      TLS_CERT: "c",
      TLS_KEY: "k",
      TLS_CLIENT_CA: "a",
      MAX_FILE_BYTES: "5",
      PAGE_TOKEN_SECRET: "0123456789abcdef",
      REFLECTION: "development",
      CHANNELZ: "on",
      DRAIN_MS: "7",
      GRACE_MS: "0",
      TLS_CLIENT_CRL: "r",
      TLS_MIN_VERSION: "1.3",
      PROXIES: "10.0.0.0/8, 192.0.2.7",
      JWT_ISSUER: "i",
      JWT_AUDIENCE: "a",
      JWT_JWKS_URL: "https://i/jwks",
      API_KEYS_FILE: "keys",
      AUTH_MTLS: "on",
      AUTHZ_POLICY_FILE: "policy",
      PUBLIC_METHODS: "/a.B/C,/a.D/*",
      MAX_CONNECTIONS: "1",
      MAX_CALLS: "2",
      MAX_WAITING_CALLS: "3",
      RATE_LIMIT: "4",
      RATE_LIMIT_BURST: "5",
      REDIS_URL: "redis://r",
      SHED_LOAD: "on",
      VALIDATE_RESPONSES: "on",
      LOG_LEVEL: "debug",
      ACCESS_LOG: "all",
      LOG_PAYLOADS: "/a.B/*",
      METRICS_PORT: "0",
      METRICS_HOST: "::",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4317",
      BINARY_LOG_FILE: "b",
      GRPC_BINARY_LOG_FILTER: "a.B/*",
    };
    expect(readConfig(env)).toEqual({
      host: "::",
      port: 0,
      databaseUrl: "postgres://x",
      workers: 4,
      dataDir: "/d",
      tls: { cert: "c", key: "k", clientCa: "a", clientCrl: "r", minVersion: "TLSv1.3" },
      proxies: ["10.0.0.0/8", "192.0.2.7"],
      auth: {
        jwt: { issuer: "i", audience: "a", keys: { jwksUrl: "https://i/jwks", allowHttp: false } },
        apiKeysFile: "keys",
        mtls: true,
        policyFile: "policy",
        publicMethods: ["/a.B/C", "/a.D/*"],
      },
      limits: {
        maxConnections: 1,
        maxCalls: 2,
        maxWaitingCalls: 3,
        rate: 4,
        burst: 5,
        redisUrl: "redis://r",
        shedLoad: true,
      },
      telemetry: {
        logLevel: "debug",
        accessLog: "all",
        logPayloads: ["/a.B/*"],
        metricsPort: 0,
        metricsHost: "::",
        otlpEndpoint: "http://c:4317",
        binaryLogFile: "b",
        binaryLogFilter: "a.B/*",
      },
      validateResponses: true,
      maxFileBytes: 5,
      pageTokenSecret: "0123456789abcdef",
      reflection: "development",
      channelz: "on",
      drainMs: 7,
      graceMs: 0,
    });
  });

  it("has a worker for each core when it is told so", () => {
    const env = { DATABASE_URL: "postgres://x", WORKERS: "auto" };
    expect(readConfig(env).workers).toBe("auto");
    expect(readConfig({ WORKERS: "1" }).workers).toBe(1);
  });

  it.each([
    [{ WORKERS: "0" }, 'WORKERS must be a whole number from 1 to 1024 or auto, not "0"'],
    [{ WORKERS: "all" }, 'WORKERS must be a whole number from 1 to 1024 or auto, not "all"'],
    [{ WORKERS: "2" }, 'WORKERS must be 1 without DATABASE_URL, not "2": the embedded database'],
    [{ WORKERS: "auto" }, 'WORKERS must be 1 without DATABASE_URL, not "auto"'],
    [{ PORT: "65536" }, 'PORT must be a whole number from 0 to 65535, not "65536"'],
    [{ PORT: "http" }, 'PORT must be a whole number from 0 to 65535, not "http"'],
    [{ PORT: "-1" }, "PORT must be"],
    [{ PORT: "1e3" }, "PORT must be"],
    [{ GRACE_MS: "soon" }, "GRACE_MS must be"],
    [{ REFLECTION: "yes" }, 'REFLECTION must be on, off or development, not "yes"'],
    [{ TLS_CERT: "c" }, "TLS needs both TLS_CERT and TLS_KEY"],
    [{ TLS_CLIENT_CA: "a" }, "TLS needs both TLS_CERT and TLS_KEY"],
    [{ TLS_CLIENT_CRL: "r" }, "TLS_CLIENT_CRL needs TLS_CLIENT_CA"],
    [{ TLS_MIN_VERSION: "1.1" }, 'TLS_MIN_VERSION must be 1.2 or 1.3, not "1.1"'],
    [{ AUTH_MTLS: "on" }, "AUTH_MTLS needs TLS_CLIENT_CA"],
    [{ JWT_ISSUER: "i" }, "JWT_ISSUER and JWT_AUDIENCE go together"],
    [
      { JWT_ISSUER: "i", JWT_AUDIENCE: "a", JWT_SECRET: "short" },
      "JWT_SECRET must have at least 32 bytes",
    ],
    [
      { JWT_JWKS_URL: "ftp://x:secret@y" },
      "JWT_JWKS_URL must be a URL that begins with https:// or http://",
    ],
    [
      { PUBLIC_METHODS: "a.B/C" },
      'PUBLIC_METHODS must have paths /package.Service/Method or /package.Service/*, not "a.B/C"',
    ],
    [{ MAX_CALLS: "0" }, 'MAX_CALLS must be a whole number from 1 to 1000000, not "0"'],
    [{ REDIS_URL: "redis://r" }, "RATE_LIMIT_BURST and REDIS_URL need RATE_LIMIT"],
    [{ ACCESS_LOG: "some" }, 'ACCESS_LOG must be errors, all or none, not "some"'],
    [{ PAGE_TOKEN_SECRET: "short" }, "PAGE_TOKEN_SECRET must have at least 16 characters"],
  ])("refuses %o", (env, message) => {
    expect(() => readConfig(env)).toThrow(message);
  });
});
