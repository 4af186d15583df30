// Property: however a byte stream is cut into chunks, the sink hears and the peer gets the same.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Role } from "../contract.js";
import { formatContinuation } from "../frame/continuation.js";
import { formatData } from "../frame/data.js";
import { formatGoaway } from "../frame/goaway.js";
import { formatHeaders } from "../frame/headers.js";
import { formatPing } from "../frame/ping.js";
import { formatRstStream } from "../frame/rst-stream.js";
import { formatSettings } from "../frame/settings.js";
import { formatWindowUpdate } from "../frame/window-update.js";
import { rawFrame, requestFields, ScriptedPeer } from "../testing/scripted-peer.js";

const id = fc.constantFrom(1, 3, 5, 7);
const small = fc.nat(300);

/** One frame, or a few that belong together, of a peer that mostly behaves. */
const frames = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("open"), id, end: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("data"), id, end: fc.boolean(), size: small }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("split"), id, size: small }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reset"), id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("window"), id, size: small }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("settings"), size: small }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("ping"), size: small }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("raw"), id, size: fc.nat(12) }) },
);
type Step = {
  kind: string;
  id?: number | undefined;
  end?: boolean | undefined;
  size?: number | undefined;
};

interface Result {
  readonly wire: readonly string[];
  readonly heard: readonly string[];
  readonly data: ReadonlyMap<number, readonly number[]>;
}

function bytesOf(steps: readonly Step[], role: Role): Uint8Array {
  const peer = new ScriptedPeer(role);
  const fields = role === "server" ? requestFields : [":status", "200"];
  const out: number[] = [...ScriptedPeer.preface(role), ...formatSettings([], true)];
  for (const step of steps) for (const frame of framesOf(peer, fields, step)) out.push(...frame);
  return Uint8Array.from(out);
}

function framesOf(peer: ScriptedPeer, fields: readonly string[], step: Step): Uint8Array[] {
  const { id = 1, end = false, size = 0 } = step;
  switch (step.kind) {
    case "open":
      return [peer.headers(id, fields, end)];
    case "data":
      return [formatData(id, new Uint8Array(size).fill(size), end, end ? size & 7 : undefined)];
    case "split": {
      const block = peer.block([...fields, "x-size", String(size)]);
      const cut = Math.min(size, block.length);
      const rest = formatContinuation(id, block.subarray(cut));
      return [formatHeaders(id, block.subarray(0, cut), 0), rest];
    }
    case "reset":
      return [formatRstStream(id, 8)];
    case "window":
      return [formatWindowUpdate(id, size + 1)];
    case "settings":
      return [formatSettings([4, size])];
    case "ping":
      return [formatPing(new Uint8Array(8).fill(size))];
    default:
      return [size === 12 ? formatGoaway(id, 0) : rawFrame(size, size, id, [1, 2, 3, 4])];
  }
}

/** Few enough to stay below the credit threshold, whose WINDOW_UPDATEs depend on the pieces. */
const largeData = fc.record({
  kind: fc.constant("data"),
  id,
  end: fc.boolean(),
  size: fc.integer({ min: 4000, max: 16_000 }),
});

/** With pieces of DATA that follow each other put together. */
function inOnePiece(result: Result): Result {
  const heard: string[] = [];
  for (const line of result.heard) {
    const piece = /^(\d+ data )(\d+)( END)?$/.exec(line);
    const before = /^(\d+ data )(\d+)$/.exec(heard.at(-1) ?? "");
    if (piece === null || before === null || before[1] !== piece[1]) heard.push(line);
    else {
      const size = Number(before[2]) + Number(piece[2]);
      heard[heard.length - 1] = `${piece[1]}${size}${piece[3] ?? ""}`;
    }
  }
  return { ...result, heard };
}

/** A connection that answers everything, so that its own sending depends on what it hears. */
function answering(role: Role): ScriptedPeer {
  const peer = new ScriptedPeer(role);
  const { connection } = peer;
  if (role === "client") {
    for (const id of [1, 3, 5, 7]) {
      const sink = peer.sink.streamSink(() => id);
      connection.openStream({ fields: requestFields }, id === 7, sink, 0);
    }
  }
  peer.sink.hook = (id, event, bytes) => {
    connection.consume(id, bytes);
    if (role === "client" || event !== "end") return;
    connection.sendHeaders(id, { fields: [":status", "200"] }, false);
    connection.sendData(id, new Uint8Array(200), true);
  };
  return peer;
}

function run(role: Role, bytes: Uint8Array, cuts: readonly number[]): Result {
  const peer = answering(role);
  const points = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...points, bytes.length]) {
    peer.sends(bytes.slice(from, to));
    from = to;
  }
  return { wire: peer.shows(), heard: peer.heard(), data: peer.sink.data };
}

test.each(["server", "client"] as const)("any chunking tells a %s the same", (role) => {
  fc.assert(
    fc.property(
      fc.array(frames, { maxLength: 25 }),
      fc.array(fc.nat(5000), { maxLength: 40 }),
      (steps, cuts) => {
        const bytes = bytesOf(steps as Step[], role);
        expect(run(role, bytes, cuts)).toEqual(run(role, bytes, []));
      },
    ),
    { numRuns: 300 },
  );
});

test.each(["server", "client"] as const)(
  "any chunking of large DATA frames tells a %s the same, in more or fewer pieces",
  (role) => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(frames, largeData), { maxLength: 12 }),
        fc.array(fc.nat(200_000), { maxLength: 40 }),
        (steps, cuts) => {
          const bytes = bytesOf(steps as Step[], role);
          expect(inOnePiece(run(role, bytes, cuts))).toEqual(inOnePiece(run(role, bytes, [])));
        },
      ),
      { numRuns: 100 },
    );
  },
);

test("octet by octet", () => {
  const steps: Step[] = [
    { kind: "open", id: 1 },
    { kind: "data", id: 1, size: 300 },
    { kind: "split", id: 3, size: 5 },
    { kind: "data", id: 1, size: 3, end: true },
  ];
  const bytes = bytesOf(steps, "server");
  const everywhere = Array.from({ length: bytes.length }, (_, i) => i);
  expect(run("server", bytes, everywhere)).toEqual(run("server", bytes, []));
});

test("random octets after the preface never throw and keep the connection in a legal state", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 10 }), (chunks) => {
      const peer = answering("server");
      peer.sends(ScriptedPeer.preface("server"), ...chunks);
      const closed = peer.heard().filter((line) => line.startsWith("closed"));
      expect(closed.length).toBe(peer.connection.isClosed ? 1 : 0);
      peer.shows();
      expect(peer.connection.pendingBytes).toBe(0);
    }),
    { numRuns: 300 },
  );
});
