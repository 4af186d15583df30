// The official interop cases, as far as npm alone has peers for them.
import { officialTrunklineClient } from "./clients/trunkline.js";
import { describeOfficialPair } from "./run-pairs.js";
import { officialTrunklineServer } from "./servers/trunkline.js";

for (const security of ["plaintext", "tls"] as const) {
  describeOfficialPair(
    { client: officialTrunklineClient, server: officialTrunklineServer },
    security,
  );
}
