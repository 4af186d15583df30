// The example does what its README says: runs what `npm run build` has built.
import { fileURLToPath } from "node:url";
import { run, startPeer } from "@trunkline/testkit";
import { expect, it } from "vitest";

const path = (name: string): string => fileURLToPath(new URL(`dist/${name}`, import.meta.url));

it("greets, and ends when told to", async () => {
  const server = await startPeer({
    command: process.execPath,
    args: [path("server.js")],
    env: { PORT: "0" },
    readyLine: /^listening on (127\.0\.0\.1:\d+)$/,
  });
  const client = await run(process.execPath, [path("client.js")], {
    env: { TARGET: server.ready },
  });
  expect(client).toEqual({ code: 0, stdout: "Hello, Ada!\n", stderr: "" });
  expect(await server.stop()).toBe(0);
});

it("says what is wrong when there is no server", async () => {
  const client = await run(process.execPath, [path("client.js")], {
    env: { TARGET: "127.0.0.1:1" },
  });
  expect(client.code).toBe(1);
  expect(client.stderr).toMatch(/no connection to .*127\.0\.0\.1:1.*code: 14/s);
});
