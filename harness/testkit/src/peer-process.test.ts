// Peers are waited for, listened to, and ended, whatever they do.
import { expect, it } from "vitest";
import { startPeer } from "./peer-process.js";
import { run } from "./run-command.js";

const node = (code: string): { command: string; args: string[] } => ({
  command: process.execPath,
  args: ["-e", code],
});

const STAY = "setInterval(() => {}, 1000);";

it("waits for the ready line and reads what is in it", async () => {
  const peer = await startPeer(node(`console.log("hello\\nlistening 123"); ${STAY}`));
  expect(peer.ready).toBe("123");
  expect(peer.output()).toContain("hello\n");
  expect(await peer.stop()).toBe("SIGTERM");
});

it("finds the ready line on standard error, too", async () => {
  const peer = await startPeer({
    ...node(`console.error("INFO: listening on [::]:77"); ${STAY}`),
    readyLine: /listening on .*:(\d+)$/,
  });
  expect(peer.ready).toBe("77");
  await peer.stop();
});

it("hands back the exit code of a peer that ends by itself when told to", async () => {
  const code = `process.on("SIGTERM", () => process.exit(3)); console.log("listening 1"); ${STAY}`;
  const peer = await startPeer(node(code));
  expect(await peer.stop()).toBe(3);
});

it("says what a peer printed that ended before it was ready", async () => {
  const peer = startPeer(node('console.error("no such port"); process.exit(1)'));
  await expect(peer).rejects.toThrow("no such port");
});

it("gives up on a peer that never gets ready", async () => {
  const peer = startPeer({ ...node(`console.log("waiting"); ${STAY}`), startTimeoutMs: 500 });
  await expect(peer).rejects.toThrow("ended before it was ready");
});

it("says so when there is no such program", async () => {
  await expect(startPeer({ command: "no-such-program" })).rejects.toThrow("ENOENT");
  expect(await run("no-such-program", [])).toMatchObject({ code: -1, stdout: "" });
});

it("runs a command to its end, with input, outputs and exit code", async () => {
  const echo = node(
    'process.stdin.pipe(process.stdout); console.error("aside"); process.exitCode = 7;',
  );
  const result = await run(echo.command, echo.args, { input: "text" });
  expect(result).toEqual({ code: 7, stdout: "text", stderr: "aside\n" });
});

it("kills a command that takes too long", async () => {
  const forever = node(STAY);
  expect((await run(forever.command, forever.args, { timeoutMs: 300 })).code).toBe(-1);
});
