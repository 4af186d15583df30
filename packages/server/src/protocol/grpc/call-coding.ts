// Which encodings a call uses, as far as its request headers decide it.
import {
  type CompressionPlan,
  type InflaterSink,
  identity,
  type MessageEncoding,
  MessageInflater,
  type OutgoingCompression,
  parseAcceptEncoding,
  UsageError,
} from "@trunkline/core";
import type { HeaderBlock } from "@trunkline/http2";
import type { ResponseHeads } from "./response-heads.js";

/** What the request headers say about compression, worked out once for all calls with the same ones. */
export class CallCoding {
  /** The encoding of compressed requests; undefined: none may be compressed. */
  readonly request: MessageEncoding | undefined;
  /** What responses are compressed with unless the handler chooses. */
  readonly response: OutgoingCompression | undefined;
  readonly #plan: CompressionPlan;
  readonly #heads: ResponseHeads;
  readonly #contentType: string;
  readonly #clientAccepts: ReadonlySet<string>;

  /** @param accepted the client's `grpc-accept-encoding`; undefined: it has not said. */
  constructor(
    heads: ResponseHeads,
    contentType: string,
    request: MessageEncoding | undefined,
    accepted: string | undefined,
  ) {
    this.request = request;
    this.#heads = heads;
    this.#plan = heads.compression;
    this.#contentType = contentType;
    this.#clientAccepts = toAccepted(request, accepted);
    const name = this.#plan.preferred ?? request?.name;
    this.response = name === undefined ? undefined : this.#accepted(name);
  }

  /** What decompresses the requests of one call; undefined: none may be compressed. */
  createInflater(
    sink: InflaterSink,
    maxBytes: number,
    connection: object,
  ): MessageInflater | undefined {
    const { request: encoding } = this;
    if (encoding === undefined) return undefined;
    const { offloadBytes } = this.#plan;
    return new MessageInflater(sink, { encoding, maxBytes, offloadBytes, connection });
  }

  /** Encodings that the client accepts and the server knows, identity included. */
  get accepted(): readonly string[] {
    const both = [...this.#clientAccepts].filter(
      (name) => name !== identity && this.#plan.knows(name),
    );
    return [...both, identity];
  }

  /** The encoding of the requests by its name. */
  get requestName(): string {
    return this.request?.name ?? identity;
  }

  /**
   * How to send with that encoding, because the handler wants it.
   * @returns undefined, which is uncompressed, when the client does not accept it.
   * @throws {UsageError} when the server does not know it, or the headers have been sent.
   */
  choose(name: string, isHeadSent: boolean): OutgoingCompression | undefined {
    if (!this.#plan.knows(name)) throw new UsageError(`this server has no compression "${name}"`);
    if (isHeadSent) {
      throw new UsageError("the compression of responses is settled once their headers are sent");
    }
    return this.#accepted(name);
  }

  #accepted(name: string): OutgoingCompression | undefined {
    return this.#clientAccepts.has(name) ? this.#plan.outgoing(name) : undefined;
  }

  /** The head of a response that is sent with `chosen`. */
  head(chosen: OutgoingCompression | undefined): HeaderBlock {
    return this.#heads.block(this.#contentType, chosen?.encoding.name ?? identity);
  }
}

/** Who sends in an encoding understands it, whether it says so or not. */
function toAccepted(
  request: MessageEncoding | undefined,
  accepted: string | undefined,
): ReadonlySet<string> {
  if (accepted !== undefined) return parseAcceptEncoding(accepted);
  return new Set(request === undefined ? [] : [request.name]);
}
