// Reading certificates and keys: what works, and one clear line for each thing that does not.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tlsServerCredentials } from "../src/index.js";
import { loadTlsFiles, TlsFileError, type TlsFiles } from "../src/node/index.js";
import { createSelfSignedCertificate } from "./self-signed.js";

const selfSigned = createSelfSignedCertificate();
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trunkline-tls-"));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const encrypted = privateKey.export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "secret",
  });
  const files = {
    "cert.pem": selfSigned.cert,
    "key.pem": selfSigned.key,
    "other-key.pem": privateKey.export({ type: "pkcs8", format: "pem" }),
    "encrypted-key.pem": encrypted,
    "text.pem": "no certificate at all",
    "empty.pem": "",
    "garbage.pem": "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n",
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function paths(names: TlsFiles): TlsFiles {
  const entries = Object.entries(names as Record<string, string>);
  return Object.fromEntries(
    entries.map(([kind, name]) => [kind, kind === "passphrase" ? name : join(folder, name)]),
  );
}

describe("loadTlsFiles", () => {
  it("reads what is named, ready for credentials", async () => {
    const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
    const loaded = await loadTlsFiles(files);
    expect(loaded).toEqual({ cert: selfSigned.cert, key: selfSigned.key });
    expect(tlsServerCredentials(loaded).kind).toBe("tls");
    expect(await loadTlsFiles({ ca: files.cert })).toEqual({ ca: selfSigned.cert });
    expect(await loadTlsFiles({})).toEqual({});
  });

  it("opens an encrypted key with its passphrase", async () => {
    const loaded = await loadTlsFiles(paths({ key: "encrypted-key.pem", passphrase: "secret" }));
    expect(loaded.passphrase).toBe("secret");
  });

  it.each<[TlsFiles, string, RegExp]>([
    [{ cert: "missing.pem" }, "missing.pem", /certificate file .* cannot be read: ENOENT/],
    [{ cert: "." }, "", /cannot be read: EISDIR/],
    [{ ca: "text.pem" }, "text.pem", /CA file .* is not PEM/],
    [{ cert: "empty.pem" }, "empty.pem", /certificate file .* is not PEM/],
    [{ key: "text.pem" }, "text.pem", /key file .* is not PEM/],
    [{ cert: "garbage.pem" }, "garbage.pem", /holds no usable certificate/],
    [{ cert: "key.pem" }, "key.pem", /holds no usable certificate/],
    [{ key: "cert.pem" }, "cert.pem", /holds no usable private key/],
    [{ key: "encrypted-key.pem" }, "encrypted-key.pem", /holds no usable private key/],
    [{ key: "encrypted-key.pem", passphrase: "x" }, "encrypted-key.pem", /no usable private key/],
    [{ cert: "cert.pem", key: "other-key.pem" }, "other-key.pem", /does not belong/],
  ])("%j fails with one line", async (names, culprit, message) => {
    const error = await loadTlsFiles(paths(names)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TlsFileError);
    const { message: text, path } = error as TlsFileError;
    expect(text).toMatch(message);
    expect(text).not.toContain("\n");
    expect(path).toBe(culprit === "" ? join(folder, ".") : join(folder, culprit));
    expect(text).toContain(path);
  });
});
