// Entry point of @trunkline/core/testing: what tests of both ends use.
export { FakeClock } from "./fake-clock.js";
