// The exchanges that every peer makes, and what must come back: the same for all, in both directions.
import { createHash } from "node:crypto";

/** What is asked. */
export interface Exchange {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: Uint8Array;
  readonly headers?: readonly string[];
  /** How often, all at the same time. Default 1. */
  readonly times?: number;
}

/** What came back: `x-` fields are compared, the others are each implementation's own. */
export interface Outcome {
  readonly name: string;
  readonly status: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers: Readonly<Record<string, string>>;
}

/** Bytes that no two places have alike by chance. */
export function pattern(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => i * 31 + 7);
}

export const hello: Uint8Array = new TextEncoder().encode("hello");
export const large: Uint8Array = pattern(5_000_000);
const upload = pattern(300_000);
const longText = "v".repeat(4000);

export const exchanges: readonly Exchange[] = [
  { name: "many", method: "GET", path: "/hello", times: 50 },
  { name: "hello", method: "GET", path: "/hello" },
  { name: "head", method: "HEAD", path: "/hello" },
  { name: "echo", method: "POST", path: "/echo", body: upload },
  { name: "large", method: "GET", path: "/large" },
  { name: "missing", method: "GET", path: "/missing" },
  { name: "headers", method: "GET", path: "/headers", headers: ["x-text", longText] },
];

/** One exchange's outcome from what was received. */
export function toOutcome(
  name: string,
  status: number,
  body: Uint8Array,
  headers: Outcome["headers"] = {},
  trailers: Outcome["trailers"] = {},
): Outcome {
  const sha256 = createHash("sha256").update(body).digest("hex");
  return { name, status, bytes: body.length, sha256, headers, trailers };
}

const nothing = new Uint8Array(0);

/** What must have come back, in the order of `exchanges`. */
export const expected: readonly Outcome[] = [
  ...Array.from({ length: 50 }, () => toOutcome("many", 200, hello)),
  toOutcome("hello", 200, hello),
  toOutcome("head", 200, nothing),
  toOutcome("echo", 200, upload, {}, { "x-bytes": "300000" }),
  toOutcome("large", 200, large),
  toOutcome("missing", 404, nothing),
  toOutcome("headers", 200, nothing, { "x-text": longText }),
];
