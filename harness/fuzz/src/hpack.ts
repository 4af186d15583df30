// Random bytes into the HPACK decoder: no exception, no list above its bounds.
import { createDecoder, createEncoder } from "@trunkline/http2";
import { mutate } from "./frames.js";
import { Random } from "./random.js";

const limits = { maxTableSize: 4096, maxListBytes: 2000, maxFields: 20 };

/** What was wrong with the blocks of a seed. */
export function runHpack(seed: number): string[] {
  const random = new Random(seed);
  const decoder = createDecoder(limits);
  const encoder = createEncoder();
  for (let i = 0; i < 10; i++) {
    const block = nextBlock(random, encoder);
    const { fields, errorMessage, listBytes, tooLarge } = decoder.decode(block, 0, block.length);
    if (fields.length > 2 * limits.maxFields) return [`a list of ${fields.length / 2} fields`];
    if (!tooLarge && listBytes > limits.maxListBytes) return [`a list of ${listBytes} bytes`];
    if (errorMessage !== undefined && fields.length > 0) return ["fields from a broken block"];
  }
  return [];
}

function nextBlock(random: Random, encoder: ReturnType<typeof createEncoder>): Uint8Array {
  if (random.once(4)) return random.bytes(random.below(80));
  const fields: string[] = [];
  while (random.below(4) > 0) {
    fields.push(`x-${random.below(9)}`, "v".repeat(random.below(200)));
  }
  const bytes = new Uint8Array(encoder.maxEncodedLength({ fields }));
  const block = bytes.subarray(0, encoder.encode({ fields }, bytes, 0));
  return random.once(2) ? mutate(random, block) : block;
}
