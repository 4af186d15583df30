// Entry point of @trunkline/http2/testing: transports on which things go wrong.
export type { ByteStream } from "../byte-stream.js";
export {
  createFaultyTransport,
  type FaultyTransport,
  type FaultyTransportOptions,
  type GoawayFault,
} from "./faulty-transport.js";
export type { FaultClock, LaneFaults } from "./lane.js";
