// Tests of the settings.
import { describe, expect, it } from "vitest";
import { readConfig } from "./config.js";

describe("readConfig", () => {
  it("has a default for everything", () => {
    expect(readConfig({ PORT: "", HOST: "" })).toEqual({
      host: "127.0.0.1",
      port: 50_051,
      databaseUrl: undefined,
      dataDir: expect.stringMatching(/data$/),
      tls: undefined,
      maxFileBytes: 67_108_864,
      pageTokenSecret: undefined,
      reflection: "on",
      channelz: "off",
      graceMs: 10_000,
    });
  });

  it("takes what it is given", () => {
    const env = {
      HOST: "::",
      PORT: "0",
      DATABASE_URL: "postgres://x",
      DATA_DIR: "/d",
      TLS_CERT: "c",
      TLS_KEY: "k",
      TLS_CLIENT_CA: "a",
      TLS_CLIENT_CRL: "r",
      TLS_MIN_VERSION: "1.3",
      MAX_FILE_BYTES: "5",
      PAGE_TOKEN_SECRET: "0123456789abcdef",
      REFLECTION: "development",
      CHANNELZ: "on",
      GRACE_MS: "0",
    };
    expect(readConfig(env)).toEqual({
      host: "::",
      port: 0,
      databaseUrl: "postgres://x",
      dataDir: "/d",
      tls: { cert: "c", key: "k", clientCa: "a", clientCrl: "r", minVersion: "TLSv1.3" },
      maxFileBytes: 5,
      pageTokenSecret: "0123456789abcdef",
      reflection: "development",
      channelz: "on",
      graceMs: 0,
    });
  });

  it.each([
    [{ PORT: "65536" }, 'PORT must be a whole number from 0 to 65535, not "65536"'],
    [{ PORT: "http" }, 'PORT must be a whole number from 0 to 65535, not "http"'],
    [{ PORT: "-1" }, "PORT must be"],
    [{ PORT: "1e3" }, "PORT must be"],
    [{ GRACE_MS: "soon" }, "GRACE_MS must be"],
    [{ REFLECTION: "yes" }, 'REFLECTION must be on, off or development, not "yes"'],
    [{ TLS_CERT: "c" }, "TLS needs both TLS_CERT and TLS_KEY"],
    [{ TLS_CLIENT_CRL: "r" }, "TLS_CLIENT_CRL needs TLS_CLIENT_CA"],
    [{ TLS_MIN_VERSION: "1.1" }, "TLS_MIN_VERSION must be 1.2 or 1.3"],
    [{ TLS_CLIENT_CA: "a" }, "TLS needs both TLS_CERT and TLS_KEY"],
    [{ PAGE_TOKEN_SECRET: "short" }, "PAGE_TOKEN_SECRET must have at least 16 characters"],
  ])("refuses %o", (env, message) => {
    expect(() => readConfig(env)).toThrow(message);
  });
});
