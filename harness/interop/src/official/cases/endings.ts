// The cases of calls that do not end well: statuses, what nobody has implemented, cancellation, deadlines.
import { Code } from "@trunkline/client";
import { expect } from "vitest";
import { expectFailure, type OfficialCase } from "../case.js";
import { payloadOf } from "../payload.js";

const SPECIAL_MESSAGE =
  "\t\ntest with whitespace\r\nand Unicode BMP \u263A and non-BMP \u{1F608}\t\n";

const statuses: OfficialCase[] = [
  {
    name: "status_code_and_message",
    async run({ test }) {
      const responseStatus = { code: Code.UNKNOWN, message: "test status message" };
      const unary = test.unaryCall({ responseStatus });
      await expectFailure(unary, Code.UNKNOWN, responseStatus.message);

      await using call = test.fullDuplexCall.open();
      await call.send({ responseStatus });
      call.closeSend();
      await expectFailure(call.messages.next(), Code.UNKNOWN, responseStatus.message);
    },
  },
  {
    name: "special_status_message",
    async run({ test }) {
      const responseStatus = { code: Code.UNKNOWN, message: SPECIAL_MESSAGE };
      await expectFailure(test.unaryCall({ responseStatus }), Code.UNKNOWN, SPECIAL_MESSAGE);
    },
  },
  {
    name: "unimplemented_method",
    run: ({ test }) => expectFailure(test.unimplementedCall({}), Code.UNIMPLEMENTED),
  },
  {
    name: "unimplemented_service",
    run: ({ unimplemented }) =>
      expectFailure(unimplemented.unimplementedCall({}), Code.UNIMPLEMENTED),
  },
];

const early: OfficialCase[] = [
  {
    name: "cancel_after_begin",
    async run({ test }) {
      // So that there is a connection, and the call begins on the wire.
      await test.emptyCall({});
      await using call = test.streamingInputCall.open();
      call.cancel();
      await expectFailure(call.response, Code.CANCELLED);
    },
  },
  {
    name: "cancel_after_first_response",
    async run({ test }) {
      await using call = test.fullDuplexCall.open();
      const request = { responseParameters: [{ size: 31_415 }], payload: payloadOf(27_182) };
      await call.send(request);
      expect((await call.messages.next()).value?.payload?.body.length).toBe(31_415);
      call.cancel();
      await expectFailure(call.messages.next(), Code.CANCELLED);
    },
  },
  {
    name: "timeout_on_sleeping_server",
    async run({ test }) {
      await using call = test.fullDuplexCall.open({ timeoutMs: 1 });
      // The deadline may be over before the request is sent.
      call.send({ payload: payloadOf(27_182) }).catch(() => undefined);
      await expectFailure(call.messages.next(), Code.DEADLINE_EXCEEDED);
    },
  },
];

/** See the file's first line. */
export const endingCases: readonly OfficialCase[] = [...statuses, ...early];
