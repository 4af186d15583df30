// Entry point of @trunkline/client/testing: what tests of clients use.
export { FakeClock } from "@trunkline/core/testing";
export { createInMemoryTransport, type InMemoryTransport } from "@trunkline/http2";
export {
  type ByteStream,
  createFaultyTransport,
  type FaultClock,
  type FaultyTransport,
  type FaultyTransportOptions,
  type GoawayFault,
  type LaneFaults,
} from "@trunkline/http2/testing";
export { createReadyPicker, type ReadyPickerOptions } from "./ready-picker.js";
