// A decoded header block as the engine and its callers see it, with the verdict on its names and values.
import type { HeaderList } from "../contract.js";
import type { HeaderFacts } from "../stream/header-facts.js";

/**
 * The decoder's HeaderList. Blocks of identical bytes may share one object, so nobody but the owner
 * of `memo` writes to it after it has been handed out.
 */
export class DecodedHeaderList implements HeaderList {
  readonly fields: readonly string[];
  readonly listBytes: number;
  memo: unknown = undefined;
  /** The engine's own note: what RFC 9113 s8 says about the list; written by stream/header-rules. */
  facts: HeaderFacts | undefined = undefined;
  /**
   * Why a name or value breaks RFC 9113 s8.2, in words; undefined when all are well-formed. Only the first fault is kept.
   */
  readonly invalidReason: string | undefined;

  constructor(fields: readonly string[], invalidReason: string | undefined, listBytes: number) {
    this.fields = fields;
    this.listBytes = listBytes;
    this.invalidReason = invalidReason;
  }

  /** Every name is a lower-case token (a leading ':' allowed) and every value is free of NUL, CR, LF and of white space at its ends. */
  get valid(): boolean {
    return this.invalidReason === undefined;
  }
}
