// The heads of a server's responses, one constant block for each content type and encoding.
import { type CompressionPlan, identity } from "@trunkline/core";
import type { HeaderBlock } from "@trunkline/http2";

/** Clients may name any message format in their content type; not all of them are worth remembering. */
const maxKept = 64;

/** See the file's first line. The same block is always the same object, which the engine remembers. */
export class ResponseHeads {
  readonly compression: CompressionPlan;
  readonly #blocks = new Map<string, HeaderBlock>();

  constructor(compression: CompressionPlan) {
    this.compression = compression;
  }

  /**
   * The head of a response without metadata. It always says what this server accepts, so that the
   * client does not have to find out by failing.
   */
  block(contentType: string, encoding: string): HeaderBlock {
    const key = `${contentType} ${encoding}`;
    let block = this.#blocks.get(key);
    if (block === undefined) {
      const accepted = ["grpc-accept-encoding", this.compression.acceptField];
      const named = encoding === identity ? [] : ["grpc-encoding", encoding];
      block = {
        fields: [":status", "200", "content-type", contentType, ...named, ...accepted],
      };
      if (this.#blocks.size < maxKept) this.#blocks.set(key, block);
    }
    return block;
  }
}
