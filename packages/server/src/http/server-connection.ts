// One HTTP/2 connection of a server: hands each new stream to the protocol that answers it.
import type { RpcError } from "@trunkline/core";
import {
  type Connection,
  type ConnectionCloseReason,
  ErrorCode,
  type HeaderList,
  type Sink,
  type StreamSink,
} from "@trunkline/http2";
import { silentSink } from "./ended-stream.js";
import type { HttpConnection } from "./http-connection.js";
import type { ClientPeer } from "./peer.js";
import type { ResponseGate } from "./response-gate.js";
import type { Router } from "./router.js";

/** What a protocol's record of a call says of itself. */
export interface LiveCall {
  readonly id: number;
  /** The path of its method. */
  readonly path: string;
  /** Why the call ended before its handler. */
  readonly abortReason: RpcError | undefined;
}

/** A call that is under way. */
export interface OpenCall {
  readonly method: string;
  readonly peer: string;
  readonly ageMs: number;
  readonly call: LiveCall;
}

/** Streams that were refused have nothing of it. */
const isLiveCall = (sink: StreamSink): sink is StreamSink & LiveCall => "abortReason" in sink;

/** Times of streams are kept in whole milliseconds, modulo 2^32. */
const modulo32 = (ms: number): number => Math.max(0, ms) % 2 ** 32;

const noHeaders: HeaderList = { fields: [], listBytes: 0, memo: undefined };

/** One HTTP/2 connection of a server. */
export class ServerConnection implements Sink, HttpConnection {
  /** Set once, before the first byte is received. */
  engine!: Connection;
  readonly peer: ClientPeer;
  liveHandlers = 0;
  failedCalls = 0;
  gate: ResponseGate | undefined = undefined;
  readonly #router: Router;
  readonly #maxHandlers: number;
  readonly #onClosed: (connection: ServerConnection, reason: ConnectionCloseReason) => void;

  constructor(
    router: Router,
    peer: ClientPeer,
    maxHandlers: number,
    onClosed: (connection: ServerConnection, reason: ConnectionCloseReason) => void,
  ) {
    this.#router = router;
    this.peer = peer;
    this.#maxHandlers = maxHandlers;
    this.#onClosed = onClosed;
  }

  streamOpened(id: number, headers: HeaderList, endStream: boolean): StreamSink {
    if (this.liveHandlers >= this.#maxHandlers) {
      this.engine.resetStream(id, ErrorCode.REFUSED_STREAM);
      this.#router.refusals.stream(this.peer, headers.fields, this.#maxHandlers);
      return silentSink;
    }
    return this.#router.find(headers).open(this, id, headers, endStream);
  }

  oversizedHead(id: number, listBytes: number, endStream: boolean): StreamSink {
    return this.#router.refuseOversized(listBytes).open(this, id, noHeaders, endStream);
  }

  /** The calls that are under way. */
  calls(): readonly OpenCall[] {
    const now = performance.now();
    return this.engine.sinks().flatMap((sink) => {
      if (!isLiveCall(sink)) return [];
      const openedMs = this.engine.openedMs(sink.id) ?? now;
      const ageMs = Math.round(modulo32(now - openedMs));
      return [{ method: sink.path, peer: this.peer.address, ageMs, call: sink }];
    });
  }

  settingsReceived(): void {}
  goawayReceived(): void {}
  pingAcked(): void {}
  streamsAvailable(): void {}

  closed(reason: ConnectionCloseReason): void {
    this.#onClosed(this, reason);
  }
}
