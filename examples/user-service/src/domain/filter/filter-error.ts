// What is wrong with a filter, and where.

/** A filter that cannot be understood. The message names the position, counted from 1. */
export class FilterError extends Error {
  override readonly name = "FilterError";

  constructor(problem: string, offset: number) {
    super(`${problem} at position ${offset + 1}`);
  }
}
