// The cases of one request and one response.
import { expect } from "vitest";
import type { OfficialCase, Target } from "../case.js";
import { LARGE_REQUEST_BYTES, LARGE_RESPONSE_BYTES, payloadOf } from "../payload.js";

/** The call that large_unary and the soak cases make. */
export async function callLargeUnary({ test }: Pick<Target, "test">): Promise<void> {
  const responseSize = LARGE_RESPONSE_BYTES;
  const payload = payloadOf(LARGE_REQUEST_BYTES);
  const response = await test.unaryCall({ responseSize, payload });
  // Byte by byte, in native code: matchers take a second for it.
  expect(Buffer.compare(response.payload!.body, Buffer.alloc(responseSize))).toBe(0);
}

/** See the file's first line. */
export const unaryCases: readonly OfficialCase[] = [
  {
    name: "empty_unary",
    async run({ test }) {
      expect(await test.emptyCall({})).toEqual({ $typeName: "grpc.testing.Empty" });
    },
  },
  { name: "large_unary", run: callLargeUnary },
];
