// The command behind `npm run test:codec-all`: every message type of google-proto-files, both modes.
import { checkType, createFindings } from "./check-type.js";
import { loadRegistry, messageTypes } from "./descriptors.js";

const EFFORT = { messages: 3, mutations: 4, modes: ["compiled", "closure"] } as const;
const MAX_SHOWN = 20;

const findings = createFindings();
let types = 0;
for (const name of ["googleAll", "googleProtobuf"] as const) {
  for (const desc of messageTypes(loadRegistry(name))) {
    checkType(desc, ++types, EFFORT, findings);
  }
}
console.log(
  `${types} message types: ${findings.encoded} messages encoded, ${findings.decoded} decoded ` +
    `(${findings.rejected} refused), ${findings.differences.length} differences from protobuf-es`,
);
for (const difference of findings.differences.slice(0, MAX_SHOWN)) {
  console.error(difference.slice(0, 2000));
}
process.exitCode = types > 0 && findings.differences.length === 0 ? 0 : 1;
