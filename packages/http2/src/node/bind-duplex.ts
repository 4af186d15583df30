// Binds a Connection to a socket or any other Duplex: bytes in, one write per event-loop turn out.
import { type ConnectionOptions, createConnection } from "../connection/create-connection.js";
import type { Connection } from "../contract.js";
import type { ByteStream } from "./byte-stream.js";
import { DuplexBinding } from "./duplex-binding.js";

/** Options of `bindDuplex`: those of the connection, whose clock and `outputReady` the binding fills in itself. */
export interface BindOptions extends Omit<ConnectionOptions, "outputReady" | "nowMs"> {
  /** Bytes that were read from the transport before it was bound, such as to find out its protocol. */
  readonly firstBytes?: Uint8Array | undefined;
}

/**
 * Creates a connection on a `net.Socket`, `tls.TLSSocket` or other `ByteStream` that nobody else reads or
 * writes. The binding owns the transport from now on: it ends it when the connection ends, and
 * destroys it at most one second later. Errors of the transport arrive at `sink.closed`.
 * To end at once: `goAway`, or destroy the duplex. Its clock is `performance.now()`: pass that as
 * `nowMs` to `openStream`, `ping` and `drain`.
 * @throws UsageError for limits outside their ranges.
 */
export function bindDuplex(duplex: ByteStream, options: BindOptions): Connection {
  const binding = new DuplexBinding(duplex);
  const outputReady = (): void => binding.outputReady();
  const connection = createConnection({
    random: Math.random,
    nowMs: performance.now(),
    ...options,
    outputReady,
  });
  binding.start(connection, options.firstBytes);
  return connection;
}
