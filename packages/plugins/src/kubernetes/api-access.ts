// How to reach the API server of Kubernetes: from inside of a cluster by what each pod has, else by options.
import { checkFunction, describeValue, UsageError } from "@trunkline/core";
import type { HttpClient } from "../http/http-port.js";
import { createHttpClient, type HttpTls } from "../http/node/node-http.js";
import { readClusterFile } from "./node/cluster-files.js";

/** How to reach the API server. */
export interface KubernetesConnection {
  /**
   * The API server, `https://host:port`, or `http://127.0.0.1:8001` for `kubectl proxy`. Default: that of the
   * cluster in which the program runs (`KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT`), with the
   * token and the CA of its service account.
   */
  readonly server?: string | undefined;
  /** TLS for `server`: its CA, a certificate of the client's own. Default: what the runtime trusts, none. */
  readonly tls?: HttpTls | undefined;
  /** A bearer token, or what gives it: asked before each request, so that it may change. Default: that of the service account, inside of a cluster. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** The namespace of targets that name none. Default: that of the service account inside of a cluster, else `default`. */
  readonly namespace?: string | undefined;
  /** Where the files of the service account are. Default `/var/run/secrets/kubernetes.io/serviceaccount`. */
  readonly serviceAccountFolder?: string | undefined;
  /** Longest time to the answer to a request, milliseconds, more than 0. Default 10000. */
  readonly requestTimeoutMs?: number | undefined;
}

/** The API server, and how to speak with it. */
export interface ApiAccess {
  /** For errors: `https://10.0.0.1:443`. */
  readonly server: string;
  readonly requestTimeoutMs: number;
  /** A client with the CA of the moment. */
  createClient(): Promise<HttpClient>;
  /** The headers of a request, with the token of the moment: the kubelet renews it about each hour. */
  headers(): Promise<Record<string, string>>;
  /** The namespace of targets that name none. */
  namespace(): Promise<string>;
}

const defaultFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** @throws {UsageError} when an option cannot be used, or is missing outside of a cluster. */
export function toApiAccess(options: KubernetesConnection): ApiAccess {
  const { token, tls, requestTimeoutMs = 10_000 } = options;
  const folder = options.serviceAccountFolder ?? defaultFolder;
  const isInside = options.server === undefined;
  if (typeof token !== "string") checkFunction("token", token);
  if (!(requestTimeoutMs > 0)) {
    throw new UsageError(
      `option requestTimeoutMs is ${describeValue(requestTimeoutMs)}; it must be more than 0`,
    );
  }
  const url = isInside ? clusterServer() : parseServer(options.server);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  return {
    server: `${url.protocol}//${url.hostname}:${port}`,
    requestTimeoutMs,
    async createClient() {
      if (url.protocol === "http:") return createHttpClient({ host, port, tls: undefined });
      const ca = tls?.ca ?? (isInside ? await readClusterFile(folder, "ca.crt") : undefined);
      return createHttpClient({ host, port, tls: { ...tls, ca } });
    },
    async headers() {
      const value = await readToken(token, isInside ? folder : undefined);
      return value === undefined ? {} : { authorization: `Bearer ${value}` };
    },
    async namespace() {
      if (options.namespace !== undefined) return options.namespace;
      return isInside ? readClusterFile(folder, "namespace") : "default";
    },
  };
}

async function readToken(
  token: KubernetesConnection["token"],
  folder: string | undefined,
): Promise<string | undefined> {
  if (typeof token === "function") return token();
  if (token !== undefined || folder === undefined) return token;
  return readClusterFile(folder, "token");
}

function clusterServer(): URL {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443" } = process.env;
  if (host === "") {
    throw new UsageError(
      "this is no pod of Kubernetes (KUBERNETES_SERVICE_HOST is not set): name the API server by the option server",
    );
  }
  return new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`);
}

function parseServer(text: unknown): URL {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && /^\/?$/.test(url.pathname)) return url;
  throw new UsageError(`option server is ${describeValue(text)}; it must be https://host:port`);
}
