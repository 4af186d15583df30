// The examples of the guide to connections, run.
import { createChannel, silentLog } from "@trunkline/client";
import { createServer } from "@trunkline/server";
import { expect, it } from "vitest";
import { follow, networkIsBack, startWhenReady } from "./connections.js";

it("waits, tells its states, and tries again at once", async () => {
  const server = createServer({ log: silentLog });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const channel = createChannel(`127.0.0.1:${port}`, { log: silentLog });
  const states: string[] = [];
  const following = follow(channel, (state) => states.push(state));
  expect(await startWhenReady(channel, 5000)).toBe("READY");
  networkIsBack(channel);
  await channel.close();
  await following;
  expect(states).toEqual(["IDLE", "CONNECTING", "READY", "SHUTDOWN"]);
  expect(await startWhenReady(channel, 5000)).toMatch(/was closed/);
  await server.shutdown({ graceMs: 0 });
});
