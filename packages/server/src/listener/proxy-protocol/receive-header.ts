// Reads the PROXY protocol header of a connection that has just been accepted, before anything else sees its bytes.
import type { Socket } from "node:net";
import type { Log } from "@trunkline/core";
import type { ListenerCounters } from "../listener-counters.js";
import type { ProxyHeader } from "./header.js";
import type { ProxyProtocolPlan } from "./options.js";
import { parseProxyHeader } from "./parse-header.js";

/** What `receiveProxyHeader` needs besides the socket. */
export interface ProxyHeaderSetup {
  readonly plan: ProxyProtocolPlan;
  readonly handshakeTimeoutMs: number;
  readonly log: Log;
  readonly counters: ListenerCounters;
}

/** What was said about each connection; undefined without a header. */
const headers = new WeakMap<Socket, ProxyHeader>();

/** What a proxy has said about this connection, if one has. */
export function proxyHeaderOf(socket: Socket): ProxyHeader | undefined {
  return headers.get(socket) ?? (isWrapped(socket) ? headers.get(socket._parent) : undefined);
}

/** Under TLS the header belongs to the socket below, which Node.js, Deno and Bun keep there. */
function isWrapped(socket: Socket): socket is Socket & { readonly _parent: Socket } {
  return "_parent" in socket && typeof socket._parent === "object" && socket._parent !== null;
}

/**
 * Calls `onward` with the socket paused, and what came behind the header put back. Whoever may not connect like that,
 * breaks the protocol or takes too long is closed and counted.
 */
export function receiveProxyHeader(
  socket: Socket,
  setup: ProxyHeaderSetup,
  onward: (socket: Socket) => void,
): void {
  // Who connects and closes at once, to see whether somebody listens, has no address any more.
  if (socket.remoteAddress === undefined && socket.localAddress !== undefined) socket.destroy();
  else if (setup.plan.isTrusted(socket.remoteAddress)) {
    new HeaderReader(socket, setup, onward).start();
  } else if (setup.plan.isRequired) {
    refuse(socket, setup, "it comes from an address that is not in proxyProtocol.trusted");
  } else onward(socket);
}

function refuse(socket: Socket, { log, counters }: ProxyHeaderSetup, reason: string): void {
  counters.refusedProxyHeaders++;
  log.debug("a connection was closed for its PROXY protocol header", {
    peer: socket.remoteAddress,
    reason,
  });
  socket.on("error", () => {});
  socket.destroy();
}

class HeaderReader {
  readonly #socket: Socket;
  readonly #setup: ProxyHeaderSetup;
  readonly #onward: (socket: Socket) => void;
  #seen: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, setup: ProxyHeaderSetup, onward: (socket: Socket) => void) {
    this.#socket = socket;
    this.#setup = setup;
    this.#onward = onward;
  }

  start(): void {
    const { plan, handshakeTimeoutMs, counters } = this.#setup;
    this.#timer = setTimeout(() => {
      counters.handshakeTimeouts++;
      this.#socket.destroy();
    }, plan.timeoutMs ?? handshakeTimeoutMs);
    this.#socket.on("data", this.#receive);
    this.#socket.on("error", this.#giveUp);
    this.#socket.on("close", this.#disarm);
    this.#socket.resume();
  }

  readonly #giveUp = (): void => {
    this.#socket.destroy();
  };

  readonly #disarm = (): void => clearTimeout(this.#timer);

  readonly #receive = (chunk: Buffer): void => {
    this.#seen = this.#seen.length === 0 ? chunk : Buffer.concat([this.#seen, chunk]);
    const { plan } = this.#setup;
    const result = parseProxyHeader(this.#seen, plan.maxHeaderBytes);
    if (result.kind === "incomplete") return;
    this.#detach();
    if (result.kind === "header") {
      headers.set(this.#socket, result.header);
      this.#proceed(this.#seen.subarray(result.byteLength));
    } else if (result.kind === "fault") refuse(this.#socket, this.#setup, result.reason);
    else if (plan.isRequired) refuse(this.#socket, this.#setup, "it does not begin with one");
    else this.#proceed(this.#seen);
  };

  #detach(): void {
    this.#disarm();
    this.#socket.off("data", this.#receive);
    this.#socket.off("error", this.#giveUp);
    this.#socket.off("close", this.#disarm);
  }

  #proceed(rest: Buffer): void {
    this.#socket.pause();
    if (rest.length > 0) this.#socket.unshift(rest);
    this.#onward(this.#socket);
  }
}
