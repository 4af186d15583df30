// The first bytes of a response that is not gRPC, kept for the error text.
import { RpcError } from "@trunkline/core";
import type { ResponseHead } from "./response-head.js";

/** Enough to recognise a proxy's error page. */
const maxBytes = 1024;

/** Collects the beginning of a body that cannot be understood. */
export class ForeignBody {
  readonly #head: ResponseHead;
  readonly #bytes = new Uint8Array(maxBytes);
  #length = 0;

  constructor(head: ResponseHead) {
    this.#head = head;
  }

  /** Whether no more is wanted. */
  get isFull(): boolean {
    return this.#length === maxBytes;
  }

  push(bytes: Uint8Array): void {
    const part = bytes.subarray(0, maxBytes - this.#length);
    this.#bytes.set(part, this.#length);
    this.#length += part.length;
  }

  /** The error that the response stands for. */
  toError(peer: string): RpcError {
    const { code, text } = this.#head;
    const body = new TextDecoder().decode(this.#bytes.subarray(0, this.#length)).trim();
    const begins = body === "" ? "" : `; its body begins: ${JSON.stringify(body)}`;
    return new RpcError(code, `${peer}: ${text}${begins}`);
  }
}
