// Credentials out of files that are watched: for servers and for channels.
import {
  type TlsChannelCredentials,
  type TlsChannelOptions,
  tlsChannelCredentials,
} from "../../credentials/channel-credentials.js";
import { toSecureContextOptions } from "../../credentials/secure-context-options.js";
import {
  type TlsServerCredentials,
  type TlsServerOptions,
  tlsServerCredentials,
} from "../../credentials/server-credentials.js";
import { tlsErrorText } from "../../credentials/tls-error-text.js";
import { UsageError } from "../../status/usage-error.js";
import { type NamedCertificateFiles, readTlsFiles, type TlsFilePaths } from "./read-tls-files.js";
import { checkWatchOptions, WatchedTls, type WatchTlsOptions } from "./watched-tls.js";

/** What `watchTlsServerCredentials` takes: paths where `tlsServerCredentials` takes PEM. */
export interface TlsServerFiles
  extends Omit<TlsServerOptions, "cert" | "key" | "ca" | "crl" | "certificates">,
    WatchTlsOptions {
  /** Path of the server's certificate, followed by the intermediate ones. */
  readonly cert: string;
  /** Path of its private key. */
  readonly key: string;
  /** Path of the CAs that client certificates are checked against. Default: clients are not asked for one. */
  readonly ca?: string | undefined;
  /** Paths of revocation lists, PEM or DER, or of folders of them (gRFC A69). Default: nothing is revoked. */
  readonly crl?: string | readonly string[] | undefined;
  /** Further certificates, for clients that ask for other names. Default: none. */
  readonly certificates?: readonly NamedCertificateFiles[] | undefined;
}

/** What `watchTlsChannelCredentials` takes: paths where `tlsChannelCredentials` takes PEM. */
export interface TlsChannelFiles
  extends Omit<TlsChannelOptions, "cert" | "key" | "ca" | "crl">,
    WatchTlsOptions {
  /** Path of the CAs that the server's certificate is checked against. Default: those that the runtime trusts. */
  readonly ca?: string | undefined;
  /** Path of the client's certificate, for mutual TLS; needs `key`. Default: none. */
  readonly cert?: string | undefined;
  /** Path of its private key. */
  readonly key?: string | undefined;
  /** Paths of revocation lists, PEM or DER, or of folders of them (gRFC A69). Default: nothing is revoked. */
  readonly crl?: string | readonly string[] | undefined;
}

/** Credentials of a server that follow their files. */
export type WatchedTlsServerCredentials = WatchedTls<TlsServerCredentials, TlsServerOptions>;

/** Credentials of channels that follow their files. */
export type WatchedTlsChannelCredentials = WatchedTls<TlsChannelCredentials, TlsChannelOptions>;

/**
 * TLS for a server out of files that are watched: when they change, new handshakes use what is in them, and open connections
 * stay. Files that cannot be used (half written, a key of another certificate) change nothing and are told of. The watch does
 * not keep the process alive. Rejects when the files cannot be used now: with a `TlsFileError` that names file and reason.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * const credentials = await watchTlsServerCredentials({ cert: "tls.crt", key: "tls.key" });
 * await server.listen({ port: 50051, credentials });
 */
export async function watchTlsServerCredentials(
  files: TlsServerFiles,
): Promise<WatchedTlsServerCredentials> {
  const { check, crypto } = await prepare(files);
  const contents = await readTlsFiles(files);
  const parts = {
    paths: files,
    watch: files,
    crypto,
    // The paths are options of the same names; `cert` and `key` are always among the contents.
    toOptions: (read: typeof contents) => ({ ...files, ...read }) as unknown as TlsServerOptions,
    create: tlsServerCredentials,
    check(credentials: TlsServerCredentials) {
      check(credentials);
      for (const certificate of credentials.certificates) {
        check({ ...credentials, passphrase: undefined, ...certificate });
      }
    },
  };
  return new WatchedTls(parts, contents);
}

/**
 * TLS for channels out of files that are watched: when they change, new connections use what is in them, and open ones stay.
 * For the rest it is as `watchTlsServerCredentials`.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * const credentials = await watchTlsChannelCredentials({ ca: "ca.crt", cert: "tls.crt", key: "tls.key" });
 * const channel = createChannel("dns:///users:443", { credentials });
 */
export async function watchTlsChannelCredentials(
  files: TlsChannelFiles,
): Promise<WatchedTlsChannelCredentials> {
  const { check, crypto } = await prepare(files);
  const contents = await readTlsFiles(files);
  const parts = {
    paths: files,
    watch: files,
    crypto,
    toOptions: (read: typeof contents) => ({ ...files, ...read }) as TlsChannelOptions,
    create: tlsChannelCredentials,
    check,
  };
  return new WatchedTls(parts, contents);
}

type Checked = Parameters<typeof toSecureContextOptions>[0];

/** Checks the options, and loads what takes a while to load. */
async function prepare(files: TlsFilePaths & WatchTlsOptions): Promise<{
  crypto: typeof import("node:crypto");
  check: (credentials: Checked) => void;
}> {
  checkWatchOptions(files);
  const [crypto, tls] = await Promise.all([import("node:crypto"), import("node:tls")]);
  return {
    crypto,
    check(credentials) {
      try {
        tls.createSecureContext(toSecureContextOptions(credentials));
      } catch (cause) {
        const error = new UsageError(
          `the TLS files cannot be used together: ${tlsErrorText(cause)}`,
        );
        error.cause = cause;
        throw error;
      }
    },
  };
}
