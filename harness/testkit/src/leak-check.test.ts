// The leak check sees what is open, and forgives what closes by itself within a few turns.
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { watchResources } from "./leak-check.js";

it("names a listener that is still open, and nothing once it is closed", async () => {
  const check = watchResources();
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  expect(await check.leftovers()).toEqual(["TCPServerWrap x1"]);
  listener.close();
  expect(await check.leftovers()).toEqual([]);
});
