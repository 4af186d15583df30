// Our client against a bad HTTP/2 server.
import { createChannel } from "@trunkline/client";
import { createTarget } from "../official/case.js";
import { describeNegative } from "./run-cases.js";

describeNegative("trunkline", async (negative, server) => {
  const target = createTarget(() => createChannel(`127.0.0.1:${server.port}`));
  try {
    await negative.run(target, server);
  } finally {
    await target.close();
  }
});
