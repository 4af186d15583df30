// The table of the official gRPC interop cases that need no Google account, as our client runs them.
import type { Feature } from "../peer.js";
import type { OfficialCase } from "./case.js";
import { compressedCases } from "./cases/compressed.js";
import { endingCases } from "./cases/endings.js";
import { loadReportCases } from "./cases/load-reports.js";
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
  ...loadReportCases,
  ...soakCases,
];

/** The names of those cases that need none of these features. */
export function namesWithout(...features: readonly Feature[]): readonly string[] {
  return officialCases
    .filter(({ needs = [] }) => !needs.some((need) => features.includes(need)))
    .map(({ name }) => name);
}
