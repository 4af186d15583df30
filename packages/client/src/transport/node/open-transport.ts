// Runs HTTP/2 on a connected Duplex and waits until the server has spoken.
import {
  type DroppedMetadataLog,
  entityId,
  type HeaderListLimits,
  type Log,
  type LogFields,
  traceStep,
} from "@trunkline/core";
import { type ByteStream, bindDuplex } from "@trunkline/http2";
import { explainTlsFault } from "../../subchannel/node/tls-faults.js";
import {
  type Carrier,
  type HandshakeListener,
  Http2Transport,
  type TransportRules,
} from "../http2/http2-transport.js";
import type { KeepalivePace } from "../http2/keepalive-pace.js";
import type { RequestHeads } from "../http2/request-heads.js";
import type { Transport, TransportListener } from "../transport.js";

/** What a transport is opened on, and for whom. */
export interface OpenTransportOptions {
  /** Connected, TLS and all. Belongs to the transport from here on. */
  readonly duplex: ByteStream;
  /** Where it leads, for error texts. */
  readonly peer: string;
  readonly heads: RequestHeads;
  /** Limits of response headers and trailers. */
  readonly headerLists: HeaderListLimits;
  /** Told of metadata of responses that is none. */
  readonly droppedMetadata: DroppedMetadataLog;
  /** See `TransportRules`. */
  readonly checkAuthority: TransportRules["checkAuthority"];
  /** See `TransportRules`. */
  readonly silenceTimeoutMs: number;
  readonly listener: TransportListener;
  readonly log: Log;
  /** Aborting it gives up. */
  readonly signal: AbortSignal;
  /** Limits of the connection that differ from the engine's defaults. */
  readonly pace: KeepalivePace;
  /** Whether calls keep the process alive. */
  readonly keepsProcessAlive: boolean;
}

interface Refable {
  ref?(): unknown;
  unref?(): unknown;
}

class DuplexCarrier implements Carrier {
  readonly closed: Promise<void>;
  readonly #duplex: ByteStream & Refable;
  readonly #mayKeepAlive: boolean;

  constructor(duplex: ByteStream, mayKeepAlive: boolean) {
    this.#duplex = duplex;
    this.#mayKeepAlive = mayKeepAlive;
    this.closed = new Promise((resolve) => {
      duplex.closed ? resolve() : duplex.once("close", resolve);
    });
    this.keepAlive(false);
  }

  keepAlive(on: boolean): void {
    on && this.#mayKeepAlive ? this.#duplex.ref?.() : this.#duplex.unref?.();
  }
}

/** Resolves once the server's SETTINGS are there; before that a connection is not READY. */
export function openTransport(options: OpenTransportOptions): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const { duplex, peer, heads, listener, signal, pace } = options;
    const { limits } = pace;
    const { headerLists, droppedMetadata, checkAuthority, silenceTimeoutMs, log } = options;
    const abort = (): void => {
      duplex.destroy();
      reject(signal.reason);
    };
    const handshake: HandshakeListener = {
      settingsReceived: () => {
        signal.removeEventListener("abort", abort);
        traceConnection(log, transport, "connection ready");
        resolve(transport);
      },
      failed: (reason) => {
        signal.removeEventListener("abort", abort);
        reject(toHandshakeError(duplex, peer, reason));
      },
      goawayReceived: (code, debug) => {
        traceConnection(log, transport, "GOAWAY received", { code, debug });
        pace.goawayReceived(limits, peer, code, debug);
      },
    };
    const transport = new Http2Transport(
      peer,
      { heads, headerLists, droppedMetadata, checkAuthority, silenceTimeoutMs },
      new DuplexCarrier(duplex, options.keepsProcessAlive),
      listener,
      handshake,
    );
    transport.connection = bindDuplex(duplex, { role: "client", sink: transport, limits });
    if (signal.aborted) {
      abort();
    } else {
      signal.addEventListener("abort", abort);
    }
  });
}

/** From the SETTINGS on: what fails before is told of as an attempt of the subchannel. */
function traceConnection(
  log: Log,
  transport: Http2Transport,
  message: string,
  fields?: LogFields,
): void {
  const connection = entityId(transport);
  traceStep(log, "http2", message, { connection, peer: transport.peer, ...fields });
  if (message === "connection ready") {
    void transport.ended.then(() => {
      const why = transport.closeReason?.message ?? "it was no longer wanted";
      traceConnection(log, transport, "connection closed", { why });
    });
  }
}

/** Under TLS 1.3 the server refuses a client's certificate only after the client's handshake has ended. */
function toHandshakeError(duplex: ByteStream, peer: string, reason: Error): Error {
  const cause = reason.cause ?? reason;
  const isEncrypted = "encrypted" in duplex && duplex.encrypted === true;
  const fault = explainTlsFault(cause);
  const { code } = cause as { code?: unknown };
  const what = fault === undefined ? reason.message : `${fault} [${String(code)}]`;
  const hint = isEncrypted
    ? "does the server want a client certificate, or another one?"
    : "does one side expect TLS?";
  const asked = String(code).startsWith("ERR_SSL") ? "" : ` (${hint})`;
  return new Error(`${peer} was connected, but did not begin HTTP/2${asked}: ${what}`, { cause });
}
