// Entries on their way into a file, and back out of one.
import { create } from "@bufbuild/protobuf";
import { silentLog } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { toAddress } from "./entry-parts.js";
import { formatLogEntry } from "./format-entry.js";
import { frameEntry, readBinaryLog } from "./framing.js";
import {
  Address_Type,
  GrpcLogEntry_EventType,
  GrpcLogEntry_Logger,
  GrpcLogEntrySchema,
} from "./gen/grpc/binlog/v1/binarylog_pb.js";
import { createFileSink } from "./sink.js";

const entry = (callId: bigint, bytes = 10) =>
  create(GrpcLogEntrySchema, {
    callId,
    payload: { case: "message", value: { length: bytes, data: new Uint8Array(bytes) } },
  });

/** A disk that writes when it is told to. */
function heldDisk() {
  const written: Uint8Array[] = [];
  const pending: { finish(): void; fail(): void }[] = [];
  let isClosed = false;
  return {
    pending,
    get isClosed() {
      return isClosed;
    },
    append: (bytes: Uint8Array) =>
      new Promise<void>((resolve, reject) => {
        pending.push({
          finish: () => {
            written.push(bytes);
            resolve();
          },
          fail: () => reject(new Error("no space left")),
        });
      }),
    close: async () => {
      isClosed = true;
    },
    ids: () => [...readBinaryLog(Buffer.concat(written))].map(({ callId }) => callId),
  };
}

const turn = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

describe("a file of entries", () => {
  it("has one write at a time, and everything in order", async () => {
    const disk = heldDisk();
    const sink = createFileSink(disk, 0);
    sink.write(entry(1n));
    sink.write(entry(2n));
    await turn();
    sink.write(entry(3n));
    sink.write(entry(4n));
    await turn();
    expect(disk.pending).toHaveLength(1);
    disk.pending[0]?.finish();
    await turn();
    expect(disk.pending).toHaveLength(2);
    const closing = sink.close();
    disk.pending[1]?.finish();
    await closing;
    expect(disk.ids()).toEqual([1n, 2n, 3n, 4n]);
    expect(disk.isClosed).toBe(true);
    sink.write(entry(5n));
    expect(sink).toMatchObject({ writtenEntries: 4, droppedEntries: 1 });
  });

  it("leaves out what a slow disk has no room for, and says so once", async () => {
    const said: string[] = [];
    const log = { ...silentLog, error: (text: string) => void said.push(text) };
    const disk = heldDisk();
    const sink = createFileSink(disk, 0, { maxBufferedBytes: 65_536, log });
    for (let i = 1n; i <= 10n; i++) sink.write(entry(i, 10_000));
    await turn();
    expect(sink.droppedEntries).toBe(4);
    disk.pending[0]?.finish();
    await sink.flush();
    sink.write(entry(11n, 10_000));
    await turn();
    disk.pending[1]?.finish();
    await sink.flush();
    expect(disk.ids()).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 11n]);
    expect(said).toEqual([expect.stringMatching(/leaves out entries: the disk is too slow/)]);
  });

  it("grows no further than it may", async () => {
    const disk = heldDisk();
    const size = frameEntry(entry(1n)).length;
    const sink = createFileSink(disk, 100, { maxFileBytes: 100 + 2 * size, log: silentLog });
    for (let i = 1n; i <= 3n; i++) sink.write(entry(i));
    await turn();
    disk.pending[0]?.finish();
    await sink.flush();
    expect(disk.ids()).toEqual([1n, 2n]);
    expect(sink.droppedEntries).toBe(1);
  });

  it("survives a disk that fails, and goes on when it does not", async () => {
    const disk = heldDisk();
    const sink = createFileSink(disk, 0, { log: silentLog });
    sink.write(entry(1n));
    await turn();
    disk.pending[0]?.fail();
    await sink.flush();
    sink.write(entry(2n));
    await turn();
    disk.pending[1]?.finish();
    await sink.flush();
    expect(disk.ids()).toEqual([2n]);
    expect(sink).toMatchObject({ writtenEntries: 1, droppedEntries: 1 });
  });

  it.each([{ maxBufferedBytes: 1 }, { maxFileBytes: 0 }])("refuses %j", (options) => {
    expect(() => createFileSink(heldDisk(), 0, options)).toThrow(/option max\w+ is \d; it must be/);
  });
});

describe("reading", () => {
  it("ends with an error where the file ends in the middle of an entry, after those that are whole", () => {
    const bytes = Buffer.concat([frameEntry(entry(1n)), frameEntry(entry(2n)).subarray(0, 7)]);
    const ids: bigint[] = [];
    expect(() => {
      for (const one of readBinaryLog(bytes)) ids.push(one.callId);
    }).toThrow(/ends in the middle of an entry: at byte \d+, after 1 whole ones/);
    expect(ids).toEqual([1n]);
    expect(() => [...readBinaryLog(bytes.subarray(0, 2))]).toThrow(RangeError);
    expect([...readBinaryLog(new Uint8Array(0))]).toEqual([]);
  });
});

describe("addresses", () => {
  it.each([
    ["127.0.0.1:80", { type: Address_Type.IPV4, address: "127.0.0.1", ipPort: 80 }],
    ["[::1]:80", { type: Address_Type.IPV6, address: "::1", ipPort: 80 }],
    ["[fe80::1%eth0]:80", { type: Address_Type.IPV6, address: "fe80::1", ipPort: 80 }],
    ["[::ffff:10.0.0.1]:80", { type: Address_Type.IPV4, address: "10.0.0.1", ipPort: 80 }],
    ["unix:/run/x.sock", { type: Address_Type.UNIX, address: "/run/x.sock", ipPort: 0 }],
    ["memory", { type: Address_Type.UNKNOWN, address: "memory", ipPort: 0 }],
  ])("%s", (peer, expected) => {
    expect(toAddress(peer)).toMatchObject(expected);
  });
});

describe("text", () => {
  it("is a line without anything that a terminal obeys", () => {
    const line = formatLogEntry(
      create(GrpcLogEntrySchema, {
        timestamp: { seconds: 1_000_000_000n, nanos: 5_000_000 },
        callId: 7n,
        sequenceIdWithinCall: 1n,
        logger: GrpcLogEntry_Logger.SERVER,
        type: GrpcLogEntry_EventType.CLIENT_HEADER,
        payload: {
          case: "clientHeader",
          value: {
            methodName: "/a.B/C\r\n\u001b[31m",
            authority: "x",
            timeout: { seconds: 1n, nanos: 500_000_000 },
            metadata: { entry: [{ key: "k", value: new TextEncoder().encode("v\n") }] },
          },
        },
        peer: toAddress("[::1]:80"),
        payloadTruncated: true,
      }),
    );
    expect(line).toBe(
      '2001-09-09T01:46:40.005Z 7.1 server CLIENT_HEADER /a.B/C\\r\\n\\u001b[31m authority=x timeout=1500ms k="v\\\\n" peer=[::1]:80 (truncated)',
    );
  });
});
