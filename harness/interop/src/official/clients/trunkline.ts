// Runs the official cases with our client.
import { createChannel } from "@trunkline/client";
import { credentialsOf } from "../../clients/trunkline.js";
import type { ClientSecurity } from "../../peer.js";
import { createTarget } from "../case.js";
import { officialCases } from "../cases.js";
import type { OfficialClient, OfficialRunner } from "../peer.js";

function connect(target: string, security?: ClientSecurity): Promise<OfficialRunner> {
  const opened = createTarget((options) =>
    createChannel(target, { ...options, ...credentialsOf(security) }),
  );
  return Promise.resolve({
    run: (name) => officialCases.find((each) => each.name === name)!.run(opened),
    close: () => opened.close(),
  });
}

/** The peer. */
export const officialTrunklineClient: OfficialClient = {
  name: "trunkline",
  cases: officialCases.map(({ name }) => name),
  connect,
};
