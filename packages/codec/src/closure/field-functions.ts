// The signatures of what closure mode makes of fields.
import type { Loose } from "../plan/message-code.js";

/**
 * Reads the value of one field into `message`. The wire type is what the tag said; like protobuf-es
 * most fields read their value as what it should be whatever the tag says.
 * @returns the position after the value
 */
export type FieldReader = (
  message: Loose,
  bytes: Uint8Array,
  start: number,
  depth: number,
  wireType: number,
) => number;

/** Writes one field of `message`, if it is set. @returns one past the last byte. */
export type FieldWriter = (message: Loose, bytes: Uint8Array, start: number) => number;

/** Writes one value with its tag. @returns one past the last byte. */
export type ValueWriter = (bytes: Uint8Array, start: number, value: unknown) => number;
