// Speaks HTTP/1.1 over the runtime's own node:http and node:https, which take the CAs that fetch does not.
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { type HttpClient, type HttpReply, type HttpRequest, maxTextLength } from "../http-port.js";
import { splitLines } from "../split-lines.js";

/** TLS to an API. */
export interface HttpTls {
  /** The CAs, PEM. Default: those that the runtime trusts. */
  readonly ca?: string | undefined;
  /** A certificate for mutual TLS, PEM; needs `key`. Default none. */
  readonly cert?: string | undefined;
  /** The private key of `cert`, PEM. */
  readonly key?: string | undefined;
  /** The name to ask for (SNI) and to find in the certificate. Default: the host. */
  readonly serverName?: string | undefined;
  /** false: any server is believed; for tests only. Default true. */
  readonly verify?: boolean | undefined;
}

/** Where an API is. */
export interface HttpTarget {
  /** Name or IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** undefined: plaintext. */
  readonly tls: HttpTls | undefined;
}

/** A client that keeps its connections for further requests. Node's modules are loaded by the first one. */
export function createHttpClient(target: HttpTarget): HttpClient {
  return new NodeHttpClient(target);
}

type Send = (options: RequestOptions) => ClientRequest;

class NodeHttpClient implements HttpClient {
  readonly #target: HttpTarget;
  #agent: Agent | undefined;
  #isClosed = false;

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  async send(request: HttpRequest): Promise<HttpReply> {
    const { host, port } = this.#target;
    const open = await this.#load();
    request.signal.throwIfAborted();
    const { method, path, signal, body, headers } = request;
    const length = body === undefined ? {} : { "content-length": `${Buffer.byteLength(body)}` };
    const all = { accept: "application/json", ...length, ...headers };
    const outgoing = open({ method, path, host, port, signal, headers: all });
    holdProcess(outgoing, request.holdsProcess !== false);
    try {
      return new NodeReply(await answerOf(outgoing, body), signal);
    } catch (error) {
      throw signal.aborted ? signal.reason : withHost(error, `${host}:${port}`);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#agent?.destroy();
  }

  async #load(): Promise<Send> {
    const { tls } = this.#target;
    if (tls === undefined) {
      const http = await import("node:http");
      this.#checkOpen();
      this.#agent ??= new http.Agent({ keepAlive: true });
      return (options) => http.request({ ...options, agent: this.#agent });
    }
    const https = await import("node:https");
    this.#checkOpen();
    this.#agent ??= new https.Agent({ keepAlive: true });
    const { ca, cert, key, serverName, verify } = tls;
    const secure = { ca, cert, key, servername: serverName, rejectUnauthorized: verify !== false };
    const given = Object.entries(secure).filter(([, value]) => value !== undefined);
    return (options) =>
      https.request({ ...options, ...Object.fromEntries(given), agent: this.#agent });
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new Error("the HTTP client was closed");
  }
}

/** A socket serves several requests, so each of them says anew. */
function holdProcess(outgoing: ClientRequest, holds: boolean): void {
  outgoing.once("socket", (socket) => {
    holds ? socket.ref?.() : socket.unref?.();
  });
}

function answerOf(outgoing: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function withHost(error: unknown, host: string): Error {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const text = message === "" ? String((error as { code?: unknown }).code) : message;
  return text.includes(host)
    ? new Error(text, { cause: error })
    : new Error(`${host}: ${text}`, { cause: error });
}

class NodeReply implements HttpReply {
  readonly status: number;
  readonly #message: IncomingMessage;
  readonly #signal: AbortSignal;

  constructor(message: IncomingMessage, signal: AbortSignal) {
    this.status = message.statusCode ?? 0;
    this.#message = message;
    this.#signal = signal;
    // Whoever reads hears of it as well.
    message.on("error", () => {});
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  async text(): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const piece of this.#pieces()) {
      text += decoder.decode(piece, { stream: true });
      if (text.length > maxTextLength) {
        throw new Error(`the answer is longer than ${maxTextLength} characters`);
      }
    }
    return text + decoder.decode();
  }

  lines(): AsyncIterable<string> {
    return splitLines(this.#pieces());
  }

  async *#pieces(): AsyncIterable<Uint8Array> {
    try {
      yield* this.#message as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (this.#signal.aborted) throw this.#signal.reason;
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`the answer broke off: ${why}`, { cause: error });
    }
  }
}
