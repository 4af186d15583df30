// String literals of a size that is not kept.
import { expect, test } from "vitest";
import { Cursor } from "./integer.js";
import { StringLiteral } from "./string-literal.js";

/** "0" is five zero bits: five octets are eight of them. */
function zeros(octets: number): Uint8Array {
  const length = octets - 127;
  const head = [0xff, 0x80 | (length & 127), 0x80 | ((length >> 7) & 127), length >> 14];
  const bytes = new Uint8Array(4 + octets);
  bytes.set(head);
  return bytes;
}

test("the room for a large string is given back, and made again for the next", () => {
  const literal = new StringLiteral();
  const cursor = new Cursor();
  const bytes = zeros(50_000);
  for (let i = 0; i < 2; i++) {
    cursor.aim(bytes, 0, bytes.length);
    expect(literal.read(cursor, 100_000)).toBeUndefined();
    expect(literal.toText()).toBe("0".repeat(80_000));
    literal.drop();
    expect(literal.bytes).toHaveLength(0);
  }
});
