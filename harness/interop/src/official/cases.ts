// The table of the official gRPC interop cases that need no Google account, as our client runs them.
import type { OfficialCase } from "./case.js";
import { compressedCases } from "./cases/compressed.js";
import { endingCases } from "./cases/endings.js";
import { metadataCases } from "./cases/metadata.js";
import { soakCases } from "./cases/soak.js";
import { streamingCases } from "./cases/streaming.js";
import { unaryCases } from "./cases/unary.js";

/** See the file's first line; what each does is written in "gRPC Interop Test Case Descriptions". */
export const officialCases: readonly OfficialCase[] = [
  ...unaryCases,
  ...streamingCases,
  ...metadataCases,
  ...endingCases,
  ...compressedCases,
  ...soakCases,
];

/** The names of those cases that a client can run that does not choose an encoding for each message. */
export const namesWithoutCompression: readonly string[] = officialCases
  .filter(({ needs = [] }) => !needs.includes("compression"))
  .map(({ name }) => name);
