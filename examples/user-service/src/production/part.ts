// What the settings add to a server: each part brings interceptors or observers, and is closed when the server has ended.
import type { Interceptor, Server, ServerObserver } from "@trunkline/server";

/** One part; what it does not have, it does not need. */
export interface Part {
  readonly interceptors?: readonly Interceptor[];
  readonly observers?: readonly ServerObserver[];
  /** Called once the server is there. */
  attach?(server: Server): void;
  /** Ends what the part has opened. */
  close?(): unknown;
}
