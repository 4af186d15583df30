// Reads certificates and keys from files, with one clear error that names file and reason.
import type { Crypto } from "./certificate-facts.js";
import { belongTogether } from "./key-pair.js";

/** Paths of PEM files; name those that are needed. */
export interface TlsFiles {
  /** A certificate, followed by the intermediate ones. */
  readonly cert?: string | undefined;
  /** The private key of `cert`. */
  readonly key?: string | undefined;
  /** The CAs to check the other end against. */
  readonly ca?: string | undefined;
  /** What the key is encrypted with. Default: it is not. */
  readonly passphrase?: string | undefined;
}

/** The contents of the files that were named. */
export type LoadedTlsFiles<F extends TlsFiles> = {
  readonly [K in keyof F & keyof TlsFiles]: F[K] extends string ? string : F[K];
};

/** A certificate or key file cannot be used; `message` is one line that names the file and the reason. */
export class TlsFileError extends Error {
  static {
    TlsFileError.prototype.name = "TlsFileError";
  }

  /** The file as it was named. */
  readonly path: string;

  constructor(message: string, path: string, cause?: unknown) {
    super(message, { cause });
    this.path = path;
  }
}

/**
 * Reads PEM files for `tlsServerCredentials` and `tlsChannelCredentials`, and checks that they can be
 * used: that they are PEM, hold what they should, and that the key belongs to the certificate.
 * @throws {TlsFileError} naming the file and the reason.
 * @example
 * const credentials = tlsServerCredentials(
 *   await loadTlsFiles({ cert: "server.pem", key: "server.key", ca: "clients.pem" }),
 * );
 */
export async function loadTlsFiles<F extends TlsFiles>(files: F): Promise<LoadedTlsFiles<F>> {
  const { cert, key, ca, passphrase } = files;
  // It takes a while to load, and every process with a client or server loads this file.
  const crypto = await import("node:crypto");
  const loaded: { cert?: string; key?: string; ca?: string; passphrase?: string } = {};
  if (cert !== undefined) {
    loaded.cert = await readPem("certificate", cert);
    checkCertificate(crypto, "certificate", cert, loaded.cert);
  }
  if (ca !== undefined) {
    loaded.ca = await readPem("CA", ca);
    checkCertificate(crypto, "CA", ca, loaded.ca);
  }
  if (key !== undefined) {
    loaded.key = await readPem("key", key);
    checkKey(crypto, key, loaded, passphrase);
  }
  if (passphrase !== undefined) {
    loaded.passphrase = passphrase;
  }
  return loaded as LoadedTlsFiles<F>;
}

/** @throws {TlsFileError} when the file cannot be read. */
export async function readTlsFile(what: string, path: string): Promise<Buffer> {
  try {
    const { readFile } = await import("node:fs/promises");
    return await readFile(path);
  } catch (error) {
    throw new TlsFileError(
      `TLS ${what} file ${path} cannot be read: ${reasonOf(error)}`,
      path,
      error,
    );
  }
}

async function readPem(what: string, path: string): Promise<string> {
  const text = (await readTlsFile(what, path)).toString("utf8");
  const begins = text.split("-----BEGIN ").length;
  if (begins === 1) {
    throw new TlsFileError(
      `TLS ${what} file ${path} is not PEM: it has no "-----BEGIN ...-----" line`,
      path,
    );
  }
  // Somebody is writing it, or has not been able to.
  if (text.split("-----END ").length < begins) {
    throw new TlsFileError(
      `TLS ${what} file ${path} is cut off: an "-----END ...-----" line is missing`,
      path,
    );
  }
  return text;
}

function checkCertificate(crypto: Crypto, what: string, path: string, pem: string): void {
  try {
    new crypto.X509Certificate(pem);
  } catch (error) {
    throw new TlsFileError(
      `TLS ${what} file ${path} holds no usable certificate: ${reasonOf(error)}`,
      path,
      error,
    );
  }
}

function checkKey(
  crypto: Crypto,
  path: string,
  { key: pem = "", cert }: { readonly key?: string; readonly cert?: string },
  passphrase: string | undefined,
): void {
  let fits: boolean;
  try {
    if (cert === undefined) {
      crypto.createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
      fits = true;
    } else fits = belongTogether(crypto, { cert, key: pem, passphrase });
  } catch (error) {
    throw new TlsFileError(
      `TLS key file ${path} holds no usable private key: ${reasonOf(error)}`,
      path,
      error,
    );
  }
  if (!fits) {
    throw new TlsFileError(`TLS key file ${path} does not belong to the certificate`, path);
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0]!;
}
