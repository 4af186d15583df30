// Which fields are worth a place in the encoder's table, and which must never have one.

/** How a field is treated when neither table has it yet. */
export const IndexPolicy = {
  /** Few different values in a connection's life: indexed at first sight. */
  FirstSight: 0,
  /** Indexed when the same value comes again. */
  WhenRepeated: 1,
  /** Different each time, or useless to remember: a literal without indexing (RFC 7541 s6.2.2). */
  Never: 2,
  /** A secret, or likely to be one: a never-indexed literal, which proxies must keep so (RFC 7541 s6.2.3, s7.1). */
  Sensitive: 3,
} as const;

export type IndexPolicy = (typeof IndexPolicy)[keyof typeof IndexPolicy];

const { FirstSight, WhenRepeated, Never, Sensitive } = IndexPolicy;

const policies: ReadonlyMap<string, IndexPolicy> = new Map<string, IndexPolicy>([
  ["authorization", Sensitive],
  ["cookie", Sensitive],
  ["set-cookie", Sensitive],
  ["proxy-authorization", Sensitive],
  ["grpc-timeout", Never],
  ["grpc-message", Never],
  ["content-length", Never],
  ["traceparent", Never],
  ["tracestate", Never],
  [":status", FirstSight],
  [":authority", FirstSight],
  ["content-type", FirstSight],
  ["te", FirstSight],
  ["user-agent", FirstSight],
  ["server", FirstSight],
  ["grpc-status", FirstSight],
  ["grpc-encoding", FirstSight],
  ["grpc-accept-encoding", FirstSight],
  ["accept-encoding", FirstSight],
]);

/** Binary metadata may hold tokens, so every `-bin` field is sensitive. */
export function indexPolicy(name: string): IndexPolicy {
  return policies.get(name) ?? (name.endsWith("-bin") ? Sensitive : WhenRepeated);
}
