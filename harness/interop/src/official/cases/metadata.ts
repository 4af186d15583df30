// The case of metadata that the server echoes, of a unary and of a bidirectional call.
import type { Metadata } from "@trunkline/client";
import { expect } from "vitest";
import type { OfficialCase } from "../case.js";
import { payloadOf } from "../payload.js";

/** The names that servers echo in their headers and in their trailers. */
export const ECHO_INITIAL = "x-grpc-test-echo-initial";
export const ECHO_TRAILING = "x-grpc-test-echo-trailing-bin";

const INITIAL_VALUE = "test_initial_metadata_value";
const TRAILING_VALUE = Uint8Array.of(0xab, 0xab, 0xab);
const metadata: [string, string | Uint8Array][] = [
  [ECHO_INITIAL, INITIAL_VALUE],
  [ECHO_TRAILING, TRAILING_VALUE],
];

function expectEcho(headers: Metadata | undefined, trailers: Metadata | undefined): void {
  expect(headers?.getAll(ECHO_INITIAL)).toEqual([INITIAL_VALUE]);
  const echoed = trailers?.getAll(ECHO_TRAILING) ?? [];
  expect(echoed.map((value) => Buffer.from(value as Uint8Array).toString("hex"))).toEqual([
    "ababab",
  ]);
}

/** See the file's first line. */
export const metadataCases: readonly OfficialCase[] = [
  {
    name: "custom_metadata",
    async run({ test }) {
      let headers: Metadata | undefined;
      let trailers: Metadata | undefined;
      const onHeader = (received: Metadata): void => {
        headers = received;
      };
      const onTrailer = (received: Metadata): void => {
        trailers = received;
      };
      const request = { responseSize: 1, payload: payloadOf(1) };
      await test.unaryCall(request, { metadata, onHeader, onTrailer });
      expectEcho(headers, trailers);

      await using call = test.fullDuplexCall.open({ metadata });
      await call.send({ responseParameters: [{ size: 1 }], payload: payloadOf(1) });
      expect((await call.messages.next()).value?.payload?.body.length).toBe(1);
      call.closeSend();
      expect(await call.messages.next()).toMatchObject({ done: true });
      expectEcho(await call.headers, await call.trailers);
    },
  },
];
