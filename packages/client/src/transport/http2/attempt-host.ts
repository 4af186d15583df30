// What an attempt needs of the transport that it runs on: the seam between the two.
import type { CompressionPlan, HeaderListLimits, Metadata, RpcError } from "@trunkline/core";
import type { Connection } from "@trunkline/http2";
import type { AttemptReceiver } from "../transport.js";

/** What an attempt needs of its connection's owner. */
export interface AttemptHost {
  readonly connection: Connection;
  readonly peer: string;
  /** Why this side closed the connection, if it did. */
  readonly closeReason: RpcError | undefined;
  /** Limits of response headers and trailers. */
  readonly headerLists: HeaderListLimits;
  /** The metadata among received fields. */
  readMetadata(fields: readonly string[]): Metadata;
  readonly compression: CompressionPlan;
  /** What the server says that it accepts, for the calls to come. */
  serverAccepts: ReadonlySet<string> | undefined;
  /** One attempt less; called exactly once for each. */
  attemptEnded(receiver: AttemptReceiver): void;
}
