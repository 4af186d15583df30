// The service on two workers, as a process with a PostgreSQL server: what they share, their metrics, restarts, the end.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, Code, createChannel, createClient } from "@trunkline/client";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "@trunkline/core/health";
import { type PeerProcess, run, startPeer } from "@trunkline/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { UserService } from "../src/gen/trunkline/examples/users/v1/user_service_pb.js";
import { makeDatabase } from "./test-databases.js";
import { failureOf } from "./test-service.js";

const here = fileURLToPath(new URL("..", import.meta.url));
const patience = { timeout: 30_000, interval: 20 };
const url = process.env.DATABASE_URL_TEST;

describe.skipIf(!url)("with WORKERS", () => {
  const closing: (() => unknown)[] = [];
  let database: Awaited<ReturnType<typeof makeDatabase>>;
  let env: Record<string, string>;

  beforeAll(async () => {
    await run(process.execPath, ["run.js", "call"], { cwd: here, timeoutMs: 120_000 });
    database = await makeDatabase(url!);
    env = { PORT: "0", WORKERS: "2", DATABASE_URL: database.url };
  }, 130_000);
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(() => database?.drop());

  async function start(): Promise<PeerProcess> {
    const service = await startPeer({
      command: process.execPath,
      // As `npm start` has it: the workers must find their program all the same.
      args: [join(here, "run.js"), "main"],
      env: { ...env, LOG_LEVEL: "info", ACCESS_LOG: "all", METRICS_PORT: "0" },
      readyLine: /^user service on (\S+) \(plaintext, 2 workers\)$/,
      startTimeoutMs: 60_000,
    });
    closing.push(() => service.stop());
    return service;
  }

  /** A client with a connection of its own: the second one is another worker's. */
  function connect(service: PeerProcess): {
    users: Client<typeof UserService>;
    health: Client<typeof Health>;
  } {
    const channel = createChannel(service.ready, { shareConnections: false });
    closing.push(() => channel.close());
    return { users: createClient(UserService, channel), health: createClient(Health, channel) };
  }

  async function countCreated(service: PeerProcess): Promise<number> {
    const metricsUrl = /metrics at (http:\S+?)"/.exec(service.output())![1]!;
    const text = await (await fetch(metricsUrl)).text();
    const line = /^grpc_server_handled_total\{[^}]*"CreateUser"[^}]*"OK"[^}]*\} (\d+)$/m;
    return Number(line.exec(text)?.[1]);
  }

  it("shares changes and figures, restarts under load, and ends as one", async () => {
    const service = await start();
    const [first, second] = [connect(service), connect(service)];
    for (const { health } of [first, second]) {
      expect((await health.check({})).status).toBe(Serving.SERVING);
    }
    await using watch = first.users.watchUsers.open();
    await watch.send({ userIds: [] });
    await watch.headers;
    const user = { name: "Ada", email: "ada@example.com" };
    const created = await second.users.createUser({ user });
    const event = await watch.messages[Symbol.asyncIterator]().next();
    expect(event.value?.userId).toBe(created.user!.id);
    await first.users.createUser({ user: { ...user, email: "eve@example.com" } });
    for (const worker of [1, 2]) {
      const line = new RegExp(`"worker":${worker},.*"grpc.method":"CreateUser"`);
      await expect.poll(() => service.output(), patience).toMatch(line);
    }
    expect(await countCreated(service)).toBe(2);

    const endOfWatch = failureOf(watch.messages);
    let calls = 0;
    let isRestarted = false;
    const load = [first, second].map(async ({ users }, index) => {
      while (!isRestarted) {
        await users.createUser({ user: { ...user, email: `${index}.${calls++}@example.com` } });
      }
    });
    process.kill(service.child.pid!, "SIGHUP");
    const restarted = expect.poll(() => service.output(), patience).toContain('"restarted"');
    await Promise.race([restarted, Promise.all(load)]);
    isRestarted = true;
    await Promise.all(load);
    // Streams that would go on for ever end with their worker.
    expect(await endOfWatch).toMatchObject({ code: Code.UNAVAILABLE });
    const { users, health } = connect(service);
    await users.createUser({ user: { ...user, email: "new@example.com" } });
    // Those of before the last scrape are not forgotten.
    expect(await countCreated(service)).toBeGreaterThanOrEqual(3);

    // All at once, as a terminal does it.
    const waiting = health.watch({})[Symbol.asyncIterator]();
    expect((await waiting.next()).value?.status).toBe(Serving.SERVING);
    const ready = /"worker":[34],.*"pid":(\d+).*"a worker is ready"/g;
    const pids = [...service.output().matchAll(ready)].map(([, pid]) => Number(pid));
    expect(pids).toHaveLength(2);
    for (const pid of pids) process.kill(pid, "SIGINT");
    const stopped = service.stop("SIGINT");
    expect((await waiting.next()).value?.status).toBe(Serving.NOT_SERVING);
    expect(await stopped).toBe(0);
    expect(service.output()).toMatch(/^stopped$/m);
  }, 120_000);

  it("tells in one line why the workers cannot start", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    closing.push(() => other.close());
    const { port } = other.address() as AddressInfo;
    const main = join(here, "dist/src/main.js");
    const result = await run(process.execPath, [main], { env: { ...env, PORT: `${port}` } });
    expect({ ...result, stderr: "" }).toEqual({ code: 1, stdout: "", stderr: "" });
    expect(result.stderr).toMatch(
      /^user service: worker \d has ended before it was ready: port \d+ of 127.0.0.1 is taken by another program \(PORT sets another\)\n$/,
    );
  }, 60_000);
});
