// Channels that nobody closes: they keep no process alive, and are collected with all that belongs to them.
import { createServer as createListener } from "node:net";
import { fileURLToPath } from "node:url";
import { run } from "@trunkline/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { endBoth, serve } from "./both-ends.js";

afterEach(endBoth);

const program = (name: string): string =>
  fileURLToPath(new URL(`../dist/programs/${name}.js`, import.meta.url));

/** A port on which nobody listens. */
async function deadTarget(): Promise<string> {
  const listener = createListener();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as { port: number };
  await new Promise((resolve) => listener.close(resolve));
  return `ipv4:127.0.0.1:${port}`;
}

const hello = { unary: () => ({ text: "hello" }) };

describe("a process", () => {
  it.each(["call", "alone", "follow", "connect"])("ends with an open channel: %s", async (what) => {
    const { target } = await serve(hello);
    const result = await run(process.execPath, [program("quiet-client"), what, `ipv4:${target}`], {
      timeoutMs: 15_000,
    });
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).toContain("done ");
  });

  it("ends while a channel tries again and again", async () => {
    const result = await run(
      process.execPath,
      [program("quiet-client"), "fail", await deadTarget()],
      {
        timeoutMs: 15_000,
      },
    );
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).toMatch(/ECONNREFUSED.*\nTRANSIENT_FAILURE\ndone TRANSIENT_FAILURE\n$/);
  });

  it("goes on while somebody waits for READY", async () => {
    const args = [program("quiet-client"), "waitInVain", await deadTarget()];
    const result = await run(process.execPath, args, { timeoutMs: 15_000 });
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/was not READY within 1500 ms: .*ECONNREFUSED/);
    const dead = await deadTarget();
    const waiting = run(process.execPath, [program("quiet-client"), "wait", dead], {
      timeoutMs: 15_000,
    });
    const { server } = await serve(hello);
    await new Promise((resolve) => setImmediate(resolve));
    await server.listen({ host: "127.0.0.1", port: Number(dead.split(":").at(-1)) });
    const waited = await waiting;
    expect(waited).toMatchObject({ code: 0, stderr: "" });
    expect(waited.stdout).toContain("done READY");
  });
});

describe("channels that are let go of", () => {
  it("are collected with their connections, and leave no memory behind", async () => {
    const { target } = await serve(hello);
    const args = ["--expose-gc", program("abandon-channels"), `ipv4:${target}`, "4000", "200"];
    const result = await run(process.execPath, args, { timeoutMs: 60_000 });
    expect(result.stderr).toBe("");
    const found = JSON.parse(result.stdout);
    expect(found).toMatchObject({ left: 0, keptConnections: 1 });
    // One that stayed would cost some kilobytes, one with its connection far more.
    expect(found.bytesPerUnused).toBeLessThan(300);
    expect(found.bytesPerClosed).toBeLessThan(300);
    expect(found.bytesPerUsed).toBeLessThan(5000);
  }, 70_000);
});
