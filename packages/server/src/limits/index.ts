// Entry point of @trunkline/server/limits: how many calls a server takes, of whom, and what it does when they are too many.
export { type AddressOptions, byAddress } from "../http/client-address.js";
export {
  byApiKey,
  byMethod,
  byPrincipal,
  type CallKey,
  firstKnown,
  together,
} from "./call-key.js";
export {
  type ConcurrencyFigures,
  type ConcurrencyLimit,
  type ConcurrencyLimitOptions,
  concurrencyLimit,
} from "./concurrency-limit.js";
export {
  type LoadFigures,
  type LoadShedding,
  type LoadSheddingOptions,
  shedLoad,
} from "./load-shedding.js";
// For plugin authors.
export { createRefusal, type Refusal, type RefusalText } from "./refusal.js";
