// Brings what the different libraries report about a call into one form.
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { ErrorInfoSchema, StatusSchema } from "@trunkline/core";
import type { Fields } from "./peer.js";

/**
 * Drops what belongs to gRPC and HTTP, joins the text values of one name, and sorts by name.
 * Joined, because some libraries hand on `a, b` and others `a` and `b`: to HTTP it is the same.
 */
export function applicationFields(
  fields: Iterable<readonly [string, string | Uint8Array]>,
): Fields {
  const text = new Map<string, string>();
  const bytes: [string, Uint8Array][] = [];
  for (const [name, value] of fields) {
    if (!name.startsWith("x-")) continue;
    if (typeof value !== "string") bytes.push([name, new Uint8Array(value)]);
    else text.set(name, text.has(name) ? `${text.get(name)}, ${value}` : value);
  }
  return [...text, ...bytes].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The `ErrorInfo` details in an encoded `google.rpc.Status`, as `reason@domain`. */
export function decodeDetails(encoded: Uint8Array | undefined): string[] {
  if (!encoded) return [];
  return fromBinary(StatusSchema, encoded).details.flatMap((detail) => {
    const info = anyUnpack(detail, ErrorInfoSchema);
    return info ? [`${info.reason}@${info.domain}`] : [];
  });
}
