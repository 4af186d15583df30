// Pages of entities, by their numbers (gRFC A14: start id, max results, end).
import { Code, RpcError } from "@trunkline/core";

/** What a request says about the page that it wants. */
export interface PageRequest {
  /** The lowest number that is wanted. */
  readonly startId: bigint;
  /** How many at most; 0: as many as the server finds reasonable. */
  readonly maxResults: bigint;
}

/** As many as a page has when nobody asks for fewer. */
const pageSize = 100;

/**
 * The page of entities from a number on, ascending.
 * @throws {RpcError} INVALID_ARGUMENT for a negative number.
 */
export function takePage<T extends { readonly id: number }>(
  entities: Iterable<T>,
  { startId, maxResults }: PageRequest,
): { items: T[]; end: boolean } {
  if (startId < 0n || maxResults < 0n) {
    const message = `the page has ${maxResults} results from number ${startId}; neither can be negative`;
    throw new RpcError(Code.INVALID_ARGUMENT, message);
  }
  const size = maxResults === 0n || maxResults > pageSize ? pageSize : Number(maxResults);
  const from = Array.from(entities)
    .filter(({ id }) => BigInt(id) >= startId)
    .sort((a, b) => a.id - b.id);
  return { items: from.slice(0, size), end: from.length <= size };
}
