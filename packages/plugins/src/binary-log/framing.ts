// How entries lie in a file: each behind its length, four bytes, most significant first, as grpc-go writes them.
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type GrpcLogEntry, GrpcLogEntrySchema } from "./gen/grpc/binlog/v1/binarylog_pb.js";

const lengthBytes = 4;

/** An entry and its length in front of it. */
export function frameEntry(entry: GrpcLogEntry): Uint8Array {
  const bytes = toBinary(GrpcLogEntrySchema, entry);
  const framed = new Uint8Array(lengthBytes + bytes.length);
  new DataView(framed.buffer).setUint32(0, bytes.length);
  framed.set(bytes, lengthBytes);
  return framed;
}

/**
 * The entries of a binary log, in order.
 * @param bytes all of a file.
 * @throws {RangeError} when it ends in the middle of an entry, after all those that are whole.
 * @throws {Error} when it holds something else than entries.
 * @example
 * for (const entry of readBinaryLog(await readFile("calls.binlog"))) console.log(formatLogEntry(entry));
 */
export function* readBinaryLog(bytes: Uint8Array): Generator<GrpcLogEntry, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let count = 0; at < bytes.length; count++) {
    const start = at + lengthBytes;
    const end = start <= bytes.length ? start + view.getUint32(at) : Number.POSITIVE_INFINITY;
    if (end > bytes.length) {
      throw new RangeError(
        `the binary log ends in the middle of an entry: at byte ${bytes.length}, after ${count} whole ones`,
      );
    }
    yield fromBinary(GrpcLogEntrySchema, bytes.subarray(start, end));
    at = end;
  }
}
