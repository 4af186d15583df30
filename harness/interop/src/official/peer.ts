// What a client is to the official cases: something that runs them by name against a server.
import type { ClientSecurity } from "../peer.js";

/** A client that is connected, or knows whom to connect to. */
export interface OfficialRunner {
  /** Runs one case; rejects when the case finds fault with the server. */
  run(name: string): Promise<void>;
  close(): Promise<void>;
}

/** An implementation of the client side of the official cases. */
export interface OfficialClient {
  readonly name: string;
  /** The cases that it has. */
  readonly cases: readonly string[];
  /** Makes a client; `target` is `host:port`. */
  connect(target: string, security?: ClientSecurity): Promise<OfficialRunner>;
}
