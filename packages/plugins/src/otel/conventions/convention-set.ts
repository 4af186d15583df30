// Which names are used: those of gRPC, those of OpenTelemetry's semantic conventions, or both.

/**
 * `grpc`: gRFC A66 and A72 (`grpc.server.call.duration`, `Recv.pkg.Service.Method`). `rpc`: OpenTelemetry's stable
 * semantic conventions for RPC (`rpc.server.call.duration`, `pkg.Service/Method`). `both`: the metrics of both, and spans
 * named by gRPC that have the attributes of both.
 */
export type ConventionSet = "grpc" | "rpc" | "both";

/** What a set asks for. */
export interface Conventions {
  /** Metrics and span names are gRPC's. */
  readonly grpc: boolean;
  /** Metrics and attributes of spans are the semantic conventions'. */
  readonly rpc: boolean;
}

/** What a set asks for; undefined if it is none. */
export function toConventions(set: ConventionSet): Conventions | undefined {
  switch (set) {
    case "grpc":
      return { grpc: true, rpc: false };
    case "rpc":
      return { grpc: false, rpc: true };
    case "both":
      return { grpc: true, rpc: true };
    default:
      return undefined;
  }
}
