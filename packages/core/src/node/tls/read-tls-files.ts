// Reads all files of a set of credentials at once: certificates, keys, CAs, revocation lists.
import type { NamedCertificate } from "../../credentials/server-credentials.js";
import { loadTlsFiles, readTlsFile, TlsFileError } from "./load-tls-files.js";

/** The paths of a certificate and its key, and the names that it is shown for. */
export interface NamedCertificateFiles extends Omit<NamedCertificate, "cert" | "key"> {
  /** Path of the certificate, followed by the intermediate ones. */
  readonly cert: string;
  /** Path of its private key. */
  readonly key: string;
}

/** The paths of a set of credentials. */
export interface TlsFilePaths {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly ca?: string | undefined;
  readonly crl?: string | readonly string[] | undefined;
  readonly certificates?: readonly NamedCertificateFiles[] | undefined;
}

/** What is in the files: PEM in the place of each path. Only what there are paths for. */
export interface TlsFileContents {
  cert?: string;
  key?: string;
  ca?: string;
  crl?: string[];
  certificates?: NamedCertificate[];
}

/** Every path that is named. */
export function pathsOf({ cert, key, ca, crl, certificates = [] }: TlsFilePaths): string[] {
  const named = certificates.flatMap((one) => [one.cert, one.key]);
  return [cert, key, ca, ...named, ...[crl ?? []].flat()].filter((path) => path !== undefined);
}

/**
 * Reads them all, and checks that each holds what it should, whole, and that keys belong to their certificates.
 * @throws {TlsFileError} naming the file and the reason.
 */
export async function readTlsFiles(paths: TlsFilePaths): Promise<TlsFileContents> {
  const { cert, key, passphrase, ca, crl, certificates } = paths;
  const contents = (await loadTlsFiles({ cert, key, ca, passphrase })) as TlsFileContents;
  if (certificates !== undefined) {
    contents.certificates = await Promise.all(certificates.map(readNamed));
  }
  if (crl !== undefined) {
    const lists = await Promise.all([crl].flat().map((path) => readCrls(path)));
    contents.crl = lists.flat();
    if (contents.crl.length === 0) {
      const [path = ""] = [crl].flat();
      throw new TlsFileError(`TLS CRL folder ${path} has no revocation list in it`, path);
    }
  }
  return contents;
}

async function readNamed(files: NamedCertificateFiles): Promise<NamedCertificate> {
  const { cert, key, passphrase } = files;
  return { ...files, ...(await loadTlsFiles({ cert, key, passphrase })) };
}

const sequenceTag = 0x30;

/** A file, or every file of a folder that holds a list, whatever it is called (gRFC A69 has `hash.r0`). */
async function readCrls(path: string): Promise<string[]> {
  const { readdir } = await import("node:fs/promises");
  let names: string[];
  try {
    names = await readdir(path);
  } catch {
    return [toCrlPem(await readTlsFile("CRL", path), path)];
  }
  // What begins with a dot belongs to editors, or to Kubernetes.
  const files = names.filter((name) => !name.startsWith(".")).sort();
  const lists = await Promise.all(files.map((name) => readListed(`${path}/${name}`)));
  return lists.filter((list) => list !== undefined);
}

async function readListed(path: string): Promise<string | undefined> {
  const bytes = await readTlsFile("CRL", path);
  const isList = bytes[0] === sequenceTag || bytes.includes("-----BEGIN X509 CRL-----");
  return isList ? toCrlPem(bytes, path) : undefined;
}

/** CAs publish lists in DER; OpenSSL is told of them in PEM. */
function toCrlPem(bytes: Buffer, path: string): string {
  if (bytes[0] === sequenceTag) {
    const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
    return `-----BEGIN X509 CRL-----\n${lines.join("\n")}\n-----END X509 CRL-----\n`;
  }
  const text = bytes.toString("latin1");
  if (!/-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/.test(text)) {
    throw new TlsFileError(`TLS CRL file ${path} holds no revocation list`, path);
  }
  return text;
}
