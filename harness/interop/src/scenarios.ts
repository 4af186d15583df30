// The one table of scenarios: what any client and any server must do with each other.
import { expect } from "vitest";
import type { CallSpec, Feature, Fields, InteropClient, MethodName, Outcome } from "./peer.js";

/** One thing that a pair is asked to do. */
export interface Scenario {
  readonly name: string;
  /** What both ends must be able to do for this to make sense. */
  readonly needs?: readonly Feature[];
  run(client: InteropClient): Promise<void>;
}

const MIB = 1 << 20;
const ECHO: Fields = [
  ["x-echo", "a value"],
  ["x-echo-bin", Uint8Array.of(0, 1, 0xab, 0xff)],
  ["x-echo-bin", new Uint8Array(0)],
  ["x-echo-bin", Uint8Array.of(7)],
];
const ECHO_HEADERS: Fields = ECHO.filter(([name]) => name === "x-echo");
const ECHO_TRAILERS: Fields = ECHO.filter(([name]) => name === "x-echo-bin");

/** A message that shows every fault in percent-encoding. */
const HARD_MESSAGE = "\ttab, % percent %41, \r\nnewline: é ☺ 😈, a/b?c#d&e\t";

const SIZES = [0, 1, 31_415, 9, 65_536, 2_653];

/** Makes a call of the given kind that goes well: one turn, one answer. */
function plainCall(method: MethodName): CallSpec {
  const streams = method === "serverStream" || method === "bidiStream";
  const request = streams ? { sizes: [3] } : { payload: new Uint8Array(3) };
  return { method, requests: [request] } as CallSpec;
}

/** Makes a call of the given kind that the server fails at once. */
function failingCall(method: MethodName, failure: object): CallSpec {
  return { method, requests: [{ failure }] } as CallSpec;
}

const KINDS = ["unary", "serverStream", "clientStream", "bidiStream"] as const;

const sizesOf = (outcome: Outcome): number[] =>
  outcome.responses.map(({ payload }) => payload?.length ?? -1);

function expectOk(outcome: Outcome): void {
  expect({ code: outcome.code, message: outcome.message }).toEqual({
    code: 0,
    message: expect.any(String),
  });
}

let lastTag = 0;

/** Makes a call that never ends by itself, has it cancelled, and checks that the server was told. */
async function expectCancelled(
  client: InteropClient,
  spec: CallSpec,
  code: number,
): Promise<Outcome> {
  const tag = `tag-${process.pid}-${++lastTag}`;
  const outcome = await client.call({
    ...spec,
    metadata: [
      ["x-tag", tag],
      ["x-echo", "go"],
    ],
  });
  expect(outcome.code).toBe(code);
  expectOk(await client.call({ method: "awaitCancelled", requests: [{ tag }] }));
  return outcome;
}

const messages: Scenario[] = [
  {
    name: "unary: the payload comes back",
    async run(client) {
      const payload = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff);
      const outcome = await client.call({ method: "unary", requests: [{ payload }] });
      expectOk(outcome);
      const [answer] = outcome.responses;
      expect(Buffer.compare(answer?.payload ?? Buffer.alloc(0), payload)).toBe(0);
    },
  },
  {
    name: "unary: an empty message is a message",
    async run(client) {
      const outcome = await client.call({ method: "unary", requests: [{}] });
      expectOk(outcome);
      expect(sizesOf(outcome)).toEqual([0]);
    },
  },
  {
    name: "server streaming: answers of all sizes, in order",
    async run(client) {
      const outcome = await client.call({ method: "serverStream", requests: [{ sizes: SIZES }] });
      expectOk(outcome);
      expect(sizesOf(outcome)).toEqual(SIZES);
    },
  },
  {
    name: "server streaming: no answer at all",
    async run(client) {
      const outcome = await client.call({ method: "serverStream", requests: [{ sizes: [] }] });
      expectOk(outcome);
      expect(outcome.responses).toEqual([]);
    },
  },
  {
    name: "client streaming: everything is counted",
    async run(client) {
      const requests = SIZES.map((size) => ({ payload: new Uint8Array(size) }));
      const outcome = await client.call({ method: "clientStream", requests });
      expectOk(outcome);
      const totalBytes = BigInt(SIZES.reduce((sum, size) => sum + size, 0));
      expect(outcome.responses).toEqual([
        expect.objectContaining({ totalBytes, count: SIZES.length }),
      ]);
    },
  },
  {
    name: "client streaming: no request at all",
    async run(client) {
      const outcome = await client.call({ method: "clientStream", requests: [] });
      expectOk(outcome);
      expect(outcome.responses).toEqual([expect.objectContaining({ totalBytes: 0n, count: 0 })]);
    },
  },
  {
    name: "bidirectional: question and answer in turn",
    needs: ["lockstep"],
    async run(client) {
      const requests = SIZES.map((size) => ({ sizes: [size] }));
      const outcome = await client.call({ method: "bidiStream", requests, lockstep: true });
      expectOk(outcome);
      expect(sizesOf(outcome)).toEqual(SIZES);
    },
  },
  {
    name: "bidirectional: a thousand questions without waiting",
    async run(client) {
      const requests = Array.from({ length: 1_000 }, (_, index) => ({ sizes: [index % 100, 1] }));
      const outcome = await client.call({ method: "bidiStream", requests });
      expectOk(outcome);
      expect(sizesOf(outcome)).toEqual(requests.flatMap(({ sizes }) => sizes));
    },
  },
  {
    name: "bidirectional: no question at all",
    async run(client) {
      const outcome = await client.call({ method: "bidiStream", requests: [] });
      expectOk(outcome);
      expect(outcome.responses).toEqual([]);
    },
  },
  {
    name: "a hundred calls at a time, each with its own answer",
    async run(client) {
      const calls = Array.from({ length: 100 }, (_, index) => {
        const payload = new Uint8Array(index);
        return client.call({ method: "unary", requests: [{ payload }] });
      });
      const outcomes = await Promise.all(calls);
      for (const outcome of outcomes) expectOk(outcome);
      expect(outcomes.map(sizesOf)).toEqual(calls.map((_, index) => [index]));
    },
  },
];

const large: Scenario[] = [
  {
    name: "3 MiB in one message, both ways",
    async run(client) {
      const payload = new Uint8Array(3 * MIB).fill(0xa5);
      const outcome = await client.call({ method: "unary", requests: [{ payload }] });
      expectOk(outcome);
      expect(Buffer.compare(outcome.responses[0]?.payload ?? Buffer.alloc(0), payload)).toBe(0);
    },
  },
  {
    name: "12 MiB in four messages down, and up",
    async run(client) {
      const sizes = Array.from({ length: 4 }, () => 3 * MIB);
      const down = await client.call({ method: "serverStream", requests: [{ sizes }] });
      expectOk(down);
      expect(sizesOf(down)).toEqual(sizes);
      const requests = sizes.map((size) => ({ payload: new Uint8Array(size) }));
      const up = await client.call({ method: "clientStream", requests });
      expectOk(up);
      expect(up.responses).toEqual([expect.objectContaining({ totalBytes: BigInt(12 * MIB) })]);
    },
  },
  {
    name: "a request above 4 MiB is refused with RESOURCE_EXHAUSTED",
    needs: ["message-limit"],
    async run(client) {
      const requests = [{ payload: new Uint8Array(5 * MIB) }];
      expect((await client.call({ method: "unary", requests })).code).toBe(8);
      // The connection has not suffered.
      expectOk(await client.call({ method: "unary", requests: [{}] }));
    },
  },
  {
    name: "a response above 4 MiB is refused with RESOURCE_EXHAUSTED",
    needs: ["message-limit"],
    async run(client) {
      const outcome = await client.call({
        method: "serverStream",
        requests: [{ sizes: [5 * MIB] }],
      });
      expect(outcome.code).toBe(8);
      expectOk(await client.call({ method: "unary", requests: [{}] }));
    },
  },
];

const metadata: Scenario[] = KINDS.map((method) => ({
  name: `${method}: text and binary metadata in both directions`,
  async run(client: InteropClient) {
    const outcome = await client.call({ ...plainCall(method), metadata: ECHO });
    expectOk(outcome);
    expect(outcome.headers).toEqual(ECHO_HEADERS);
    expect(outcome.trailers).toEqual(ECHO_TRAILERS);
  },
}));

metadata.push({
  name: "two text values of one name both arrive",
  async run(client) {
    const spec = {
      ...plainCall("unary"),
      metadata: [
        ["x-echo", "a"],
        ["x-echo", "b"],
      ] as Fields,
    };
    const outcome = await client.call(spec);
    expect(outcome.headers).toEqual([["x-echo", "a, b"]]);
  },
});

const errors: Scenario[] = [
  ...KINDS.map((method) => ({
    name: `${method}: a status without a message, with trailers`,
    async run(client: InteropClient) {
      const spec = failingCall(method, { code: 9, message: HARD_MESSAGE });
      const outcome = await client.call({ ...spec, metadata: ECHO_TRAILERS });
      expect(outcome.code).toBe(9);
      expect(outcome.message).toBe(HARD_MESSAGE);
      expect(outcome.trailers).toEqual(ECHO_TRAILERS);
      expect(outcome.responses).toEqual([]);
    },
  })),
  {
    name: "every status code arrives as it was sent",
    async run(client) {
      for (let code = 1; code <= 16; code++) {
        const outcome = await client.call(failingCall("unary", { code, message: `code ${code}` }));
        expect({ code: outcome.code, message: outcome.message }).toEqual({
          code,
          message: `code ${code}`,
        });
      }
    },
  },
  {
    name: "typed details arrive with the status",
    needs: ["details"],
    async run(client) {
      const failure = { code: 7, message: "no", reason: "NOT_YOURS" };
      for (const method of KINDS) {
        const outcome = await client.call(failingCall(method, failure));
        expect(outcome).toMatchObject({ code: 7, message: "no", details: ["NOT_YOURS@interop"] });
      }
    },
  },
  {
    name: "answers before a failure are delivered first",
    needs: ["inflates-before-status"],
    async run(client) {
      const requests = [{ sizes: [1, 2], failure: { code: 10, message: "later" } }];
      for (const method of ["serverStream", "bidiStream"] as const) {
        const outcome = await client.call({ method, requests });
        expect(outcome).toMatchObject({ code: 10, message: "later" });
        expect(sizesOf(outcome)).toEqual([1, 2]);
      }
    },
  },
  {
    name: "a failure while the client is still sending ends the call",
    async run(client) {
      const failure = { code: 3, message: "enough" };
      const outcome = await client.call({
        method: "clientStream",
        requests: [{ failure }],
        holdOpen: true,
      });
      expect(outcome).toMatchObject({ code: 3, message: "enough" });
    },
  },
  {
    name: "an unknown method is UNIMPLEMENTED",
    async run(client) {
      const outcome = await client.call({ method: "missing", requests: [{}] });
      expect(outcome.code).toBe(12);
    },
  },
];

const ends: Scenario[] = [
  {
    name: "deadline of a unary call that nobody answers",
    needs: ["deadline"],
    async run(client) {
      const start = performance.now();
      await expectCancelled(
        client,
        { method: "unary", requests: [{ hang: true }], timeoutMs: 100 },
        4,
      );
      expect(performance.now() - start).toBeGreaterThanOrEqual(99);
    },
  },
  {
    name: "deadline of a stream that stops in the middle",
    needs: ["deadline"],
    async run(client) {
      const requests = [{ sizes: [1, 2, 3], hang: true }];
      const spec: CallSpec = { method: "serverStream", requests, timeoutMs: 200 };
      expect(sizesOf(await expectCancelled(client, spec, 4))).toEqual([1, 2, 3]);
    },
  },
  {
    name: "deadline of a conversation in which the client is silent",
    needs: ["deadline"],
    async run(client) {
      await expectCancelled(
        client,
        { method: "bidiStream", requests: [], holdOpen: true, timeoutMs: 100 },
        4,
      );
    },
  },
  {
    name: "a deadline that is far away changes nothing",
    needs: ["deadline"],
    async run(client) {
      expectOk(await client.call({ ...plainCall("unary"), timeoutMs: 30_000 }));
    },
  },
  {
    // Above 24.8 days a timer of JavaScript would fire at once.
    name: "a deadline in a month changes nothing",
    needs: ["deadline", "long-deadline"],
    async run(client) {
      expectOk(await client.call({ ...plainCall("unary"), timeoutMs: 86_400_000 * 30 }));
    },
  },
  {
    name: "cancelling a unary call",
    needs: ["early-headers"],
    async run(client) {
      await expectCancelled(
        client,
        { method: "unary", requests: [{ hang: true }], cancelAfter: 0 },
        1,
      );
    },
  },
  {
    name: "cancelling a stream after its first answer",
    async run(client) {
      const requests = [{ sizes: [1], hang: true }];
      await expectCancelled(client, { method: "serverStream", requests, cancelAfter: 1 }, 1);
    },
  },
  {
    name: "cancelling a conversation while both sides are open",
    async run(client) {
      const requests = [{ sizes: [1] }];
      const spec: CallSpec = { method: "bidiStream", requests, cancelAfter: 1, holdOpen: true };
      await expectCancelled(client, spec, 1);
    },
  },
];

/** All of them. */
export const scenarios: readonly Scenario[] = [
  ...messages,
  ...large,
  ...metadata,
  ...errors,
  ...ends,
];
