// The cases of messages that travel compressed, and of messages beside them that do not.
import { Code, uncompressed, wasCompressed } from "@trunkline/client";
import { expect } from "vitest";
import { expectFailure, type OfficialCase } from "../case.js";
import { LARGE_REQUEST_BYTES, LARGE_RESPONSE_BYTES, payloadOf } from "../payload.js";

const COMPRESSED_REQUEST_BYTES = 27_182;
const PLAIN_REQUEST_BYTES = 45_904;
const RESPONSES = [
  { size: 31_415, compressed: { value: true } },
  { size: 92_653, compressed: { value: false } },
];

const largeRequest = {
  responseSize: LARGE_RESPONSE_BYTES,
  payload: payloadOf(LARGE_REQUEST_BYTES),
};

/** What announces a compressed request, and comes as it is: a server that looks at it refuses it. */
const probe = { expectCompressed: { value: true } };

const clientCompressed: OfficialCase[] = [
  {
    name: "client_compressed_unary",
    needs: ["compression"],
    async run({ test }) {
      for (const value of [true, false]) {
        const request = { ...largeRequest, expectCompressed: { value } };
        const compression = value ? "gzip" : "identity";
        const { payload } = await test.unaryCall(request, { compression });
        expect(payload?.body.length).toBe(LARGE_RESPONSE_BYTES);
      }
    },
  },
  {
    name: "client_compressed_unary, its probe",
    needs: ["compression", "compression-told"],
    run: ({ test }) =>
      expectFailure(test.unaryCall({ ...largeRequest, ...probe }), Code.INVALID_ARGUMENT),
  },
  {
    name: "client_compressed_streaming",
    needs: ["compression"],
    async run({ test }) {
      const compressed = { ...probe, payload: payloadOf(COMPRESSED_REQUEST_BYTES) };
      const plain = { expectCompressed: { value: false }, payload: payloadOf(PLAIN_REQUEST_BYTES) };
      const requests = [compressed, uncompressed(plain)];
      const response = await test.streamingInputCall(requests, { compression: "gzip" });
      expect(response.aggregatedPayloadSize).toBe(COMPRESSED_REQUEST_BYTES + PLAIN_REQUEST_BYTES);
    },
  },
  {
    name: "client_compressed_streaming, its probe",
    needs: ["compression", "compression-told"],
    run: ({ test }) => {
      const request = { ...probe, payload: payloadOf(COMPRESSED_REQUEST_BYTES) };
      return expectFailure(test.streamingInputCall([request]), Code.INVALID_ARGUMENT);
    },
  },
];

const serverCompressed: OfficialCase[] = [
  {
    name: "server_compressed_unary",
    needs: ["compression"],
    async run({ test }) {
      for (const value of [true, false]) {
        const response = await test.unaryCall({ ...largeRequest, responseCompressed: { value } });
        expect(response.payload?.body.length).toBe(LARGE_RESPONSE_BYTES);
        expect(wasCompressed(response)).toBe(value);
      }
    },
  },
  {
    name: "server_compressed_streaming",
    needs: ["compression"],
    async run({ test }) {
      const received: typeof RESPONSES = [];
      for await (const response of test.streamingOutputCall({ responseParameters: RESPONSES })) {
        const size = response.payload?.body.length ?? -1;
        received.push({ size, compressed: { value: wasCompressed(response) } });
      }
      expect(received).toEqual(RESPONSES);
    },
  },
];

/** See the file's first line. */
export const compressedCases: readonly OfficialCase[] = [...clientCompressed, ...serverCompressed];
