// Tells observers of requests that are answered before any of their body is read, whoever answers them.
import { Code, codeFromHttpStatus, RpcError } from "@trunkline/core";
import type { ClientPeer } from "../http/peer.js";
import type { CallObservers } from "./call-observers.js";
import type { CallTarget } from "./server-call-record.js";

/** What a path is for. */
export type DescribePath = (path: string) => CallTarget;

/** See the file's first line. */
export class Refusals {
  readonly #observers: CallObservers;
  readonly #describe: DescribePath;

  constructor(observers: CallObservers, describe: DescribePath) {
    this.#observers = observers;
    this.#describe = describe;
  }

  /** A call was answered with `error`. @param fields its header fields. */
  call(peer: ClientPeer, fields: readonly string[], error: RpcError): void {
    if (!this.#observers.isListening) return;
    this.#observers.refused(this.#describe(pathOf(fields)), { peer, fields }, error);
  }

  /** A request that is no call was answered with an HTTP status: told as what a client makes of it. */
  request(peer: ClientPeer, fields: readonly string[], status: number, text: string): void {
    if (!this.#observers.isListening) return;
    this.call(peer, fields, new RpcError(codeFromHttpStatus(status), `HTTP ${status}: ${text}`));
  }

  /** A stream was refused, because too many handlers run for its connection. */
  stream(peer: ClientPeer, fields: readonly string[], limit: number): void {
    if (!this.#observers.isListening) return;
    const text = `${limit} handlers run for this connection already (option maxConcurrentStreams)`;
    this.call(peer, fields, new RpcError(Code.UNAVAILABLE, text));
  }
}

function pathOf(fields: readonly string[]): string {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === ":path") return fields[i + 1]!;
  }
  return "";
}
