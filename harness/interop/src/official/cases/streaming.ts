// The cases of the three kinds of stream.
import { expect } from "vitest";
import type { OfficialCase } from "../case.js";
import { payloadOf } from "../payload.js";

const REQUEST_SIZES = [27_182, 8, 1_828, 45_904];
const RESPONSE_SIZES = [31_415, 9, 2_653, 58_979];

const clientStreaming: OfficialCase = {
  name: "client_streaming",
  async run({ test }) {
    const requests = REQUEST_SIZES.map((size) => ({ payload: payloadOf(size) }));
    const response = await test.streamingInputCall(requests);
    expect(response.aggregatedPayloadSize).toBe(74_922);
  },
};

const serverStreaming: OfficialCase = {
  name: "server_streaming",
  async run({ test }) {
    const responseParameters = RESPONSE_SIZES.map((size) => ({ size }));
    const sizes: number[] = [];
    for await (const { payload } of test.streamingOutputCall({ responseParameters })) {
      sizes.push(payload!.body.length);
    }
    expect(sizes).toEqual(RESPONSE_SIZES);
  },
};

const pingPong: OfficialCase = {
  name: "ping_pong",
  async run({ test }) {
    await using call = test.fullDuplexCall.open();
    for (const [turn, size] of RESPONSE_SIZES.entries()) {
      const payload = payloadOf(REQUEST_SIZES[turn]!);
      await call.send({ responseParameters: [{ size }], payload });
      const { value } = await call.messages.next();
      expect(value?.payload?.body.length).toBe(size);
    }
    call.closeSend();
    expect(await call.messages.next()).toMatchObject({ done: true });
  },
};

const emptyStream: OfficialCase = {
  name: "empty_stream",
  async run({ test }) {
    await using call = test.fullDuplexCall.open();
    call.closeSend();
    expect(await call.messages.next()).toMatchObject({ done: true });
  },
};

/** See the file's first line. */
export const streamingCases: readonly OfficialCase[] = [
  clientStreaming,
  serverStreaming,
  pingPong,
  emptyStream,
];
