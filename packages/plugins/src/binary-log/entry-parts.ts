// The parts of log entries: metadata within its limit, addresses, durations and times.
import { create } from "@bufbuild/protobuf";
import {
  type Duration,
  DurationSchema,
  type Timestamp,
  TimestampSchema,
} from "@bufbuild/protobuf/wkt";
import type { Metadata as CallMetadata } from "@trunkline/core";
import { isSecretMetadata } from "../redaction/secret-names.js";
import {
  type Address,
  Address_Type,
  AddressSchema,
  type Metadata,
  type MetadataEntry,
  MetadataEntrySchema,
  MetadataSchema,
} from "./gen/grpc/binlog/v1/binarylog_pb.js";

/** Fields of the transport, which are no metadata of the application. */
const transportNames: ReadonlySet<string> = new Set([
  "lb-token",
  "content-encoding",
  "content-type",
  "user-agent",
  "te",
]);
const traceName = "grpc-trace-bin";

/** Whether metadata of this name is left out, without this being a truncation. */
export function isOmitted(name: string): boolean {
  if (name === traceName) return false;
  if (name.startsWith("grpc-") || name.startsWith(":") || transportNames.has(name)) return true;
  return isSecretMetadata(name);
}

/** Metadata as it is logged. */
export interface LoggedMetadata {
  readonly metadata: Metadata;
  readonly isTruncated: boolean;
}

const encoder = new TextEncoder();

/**
 * Metadata as far as it fits: everything up to the first entry that does not. `grpc-trace-bin` is always there and needs no room.
 * @param maxBytes of names and values together.
 */
export function toLoggedMetadata(metadata: CallMetadata, maxBytes: number): LoggedMetadata {
  const entry: MetadataEntry[] = [];
  let left = maxBytes;
  let isTruncated = false;
  for (const [key, given] of metadata) {
    if (isOmitted(key)) continue;
    const value = typeof given === "string" ? encoder.encode(given) : given;
    if (key !== traceName) {
      left -= key.length + value.length;
      isTruncated ||= left < 0;
      if (isTruncated) continue;
    }
    entry.push(create(MetadataEntrySchema, { key, value }));
  }
  return { metadata: create(MetadataSchema, { entry }), isTruncated };
}

/** The other end of a connection. @param peer `ip:port`, `[ipv6]:port`, `unix:path`, or a name. */
export function toAddress(peer: string): Address {
  if (peer.startsWith("unix:")) {
    return create(AddressSchema, { type: Address_Type.UNIX, address: peer.slice(5) });
  }
  const parts = /^(?:\[([^\]%]+)(?:%[^\]]*)?\]|(\d+\.\d+\.\d+\.\d+)):(\d{1,5})$/.exec(peer);
  if (parts === null) return create(AddressSchema, { type: Address_Type.UNKNOWN, address: peer });
  const [, v6, v4, port] = parts;
  const host = v4 ?? /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(v6!)?.[1] ?? v6!;
  const type = host.includes(":") ? Address_Type.IPV6 : Address_Type.IPV4;
  return create(AddressSchema, { type, address: host, ipPort: Number(port) });
}

const nanosPerMs = 1e6;

/** @param ms since 1970, with fractions. */
export function toTimestamp(ms: number): Timestamp {
  return create(TimestampSchema, split(ms));
}

/** @param ms 0 or more. */
export function toDuration(ms: number): Duration {
  return create(DurationSchema, split(ms));
}

function split(ms: number): { seconds: bigint; nanos: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.floor((ms - seconds * 1000) * nanosPerMs) };
}
