// Reads and writes grpc-accept-encoding: which encodings a peer understands.
import { identity } from "./message-encoding.js";

/** Peers name a handful; whoever sends more is not read to the end. */
const maxNames = 32;

/** The names in a `grpc-accept-encoding` field, in lower case. */
export function parseAcceptEncoding(text: string): ReadonlySet<string> {
  const names = text.split(",", maxNames).map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => name !== ""));
}

/** The value of a `grpc-accept-encoding` field that offers these encodings and identity. */
export function formatAcceptEncoding(names: Iterable<string>): string {
  return [...names, identity].join(",");
}
