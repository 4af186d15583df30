// What is made of a message type in either mode: one function that reads it, one that writes it.

/** A message of any type, seen as what it is: a bag of properties. */
export type Loose = Record<string, unknown>;

/** Reads and writes messages of one type. */
export interface MessageCode {
  /**
   * Reads fields from `start` on, until `end`, or, when `end` is negative, until the end tag of the
   * group of field number `-end`. The position after the message is left in the cursor; it may lie
   * beyond `end`, never beyond the cursor's limit.
   * @param depth how many levels of messages may still be entered, this one included
   * @param target message to merge into; undefined: a new one
   * @returns the message read
   */
  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    depth: number,
    target: Loose | undefined,
  ): Loose;
  /**
   * Writes the fields of `message`. Where the bytes end too soon nothing is written and the
   * position goes on all the same, so that the result tells how much room is needed.
   * @returns one past the last byte
   */
  write(message: Loose, bytes: Uint8Array, start: number): number;
}
