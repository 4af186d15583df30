// The programs as people start them: npm start, npm run call, npm run demo; and how they refuse to.
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createAuthority,
  type PeerProcess,
  type RunResult,
  run,
  startPeer,
} from "@trunkline/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const here = fileURLToPath(new URL("..", import.meta.url));
const noSettings = {
  PORT: "0",
  HOST: "",
  DATABASE_URL: "",
  DATA_DIR: "",
  TLS_CERT: "",
  TLS_KEY: "",
  TLS_CLIENT_CA: "",
  TLS_CA: "",
  REFLECTION: "",
  CHANNELZ: "",
  ADDRESS: "",
  WORKERS: "",
};

let folder = "";
// One folder for all tests, which run one after the other: to make a database takes seconds.
let dataDir = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "user-service-"));
  dataDir = join(folder, "data");
  // Builds, so that the tests below need not.
  await run(process.execPath, ["run.js", "call"], {
    cwd: here,
    env: noSettings,
    timeoutMs: 120_000,
  });
}, 130_000);
afterAll(() => rmSync(folder, { recursive: true }));

function program(name: string, env: Record<string, string>, ...args: string[]): Promise<RunResult> {
  const file = join(here, "dist/src", `${name}.js`);
  return run(process.execPath, [file, ...args], { env: { ...noSettings, ...env } });
}

function start(env: Record<string, string>): Promise<PeerProcess> {
  return startPeer({
    command: process.execPath,
    args: [join(here, "dist/src/main.js")],
    env: { ...noSettings, ...env },
    readyLine: /^user service on (\S+)/,
  });
}

describe("the service as a program", () => {
  it("starts, answers, drains while somebody watches, and starts again with its data", async () => {
    const env = { DATA_DIR: dataDir };
    const first = await start(env);
    const target = { ADDRESS: first.ready };
    await expect.poll(() => first.output(), { timeout: 10_000 }).toContain("buf curl");
    expect(first.output()).toContain(`data in PGlite in ${env.DATA_DIR}`);
    const user = JSON.stringify({ user: { name: "Ada", email: "ada@example.com" } });
    const created = await program("call", target, "CreateUser", user);
    const { id } = JSON.parse(created.stdout).user;

    const second = await program("main", env);
    expect(second).toEqual({
      code: 1,
      stdout: "",
      stderr: `user service: the data folder ${env.DATA_DIR} is in use by process ${first.child.pid}\n`,
    });

    const watcher = startPeer({
      command: process.execPath,
      args: [join(here, "dist/src/call.js"), "WatchUsers", "{}"],
      env: { ...noSettings, ...target },
      readyLine: /^\{/,
    });
    let isWatching = false;
    void watcher.then(() => {
      isWatching = true;
    });
    // Repeated, because the watcher may begin after the first update.
    while (!isWatching) {
      await program("call", target, "UpdateUser", JSON.stringify({ user: { id, age: 3 } }));
    }
    const watching = once((await watcher).child, "close");
    expect(await first.stop()).toBe(0);
    expect(first.output()).toContain("stopped");
    expect(await watching).toEqual([1, null]);
    expect((await watcher).output()).toContain("[UNAVAILABLE] the server is stopping\n");
    expect(readdirSync(env.DATA_DIR)).toEqual(["pglite"]);

    const again = await start(env);
    const read = await program("call", { ADDRESS: again.ready }, "GetUser", `{"id":"${id}"}`);
    expect(JSON.parse(read.stdout).user).toMatchObject({ name: "Ada", age: 3 });
    const missing = await program("call", { ADDRESS: again.ready }, "GetUser", '{"id":"7"}');
    expect(missing).toMatchObject({
      code: 1,
      stderr: '[NOT_FOUND] User "7": there is no such id\n',
    });
    expect(await again.stop("SIGINT")).toBe(0);
  }, 60_000);

  it("speaks TLS, and asks clients for certificates when it is told to", async () => {
    const authority = createAuthority();
    const server = authority.issue("server", ["127.0.0.1"]);
    const client = authority.issue("client", []);
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const ca = file("ca.pem", authority.cert);
    const env = {
      DATA_DIR: dataDir,
      TLS_CERT: file("server.pem", server.cert),
      TLS_KEY: file("server.key", server.key),
      TLS_CLIENT_CA: ca,
    };
    const service = await start(env);
    const target = { ADDRESS: service.ready, TLS_CA: ca };
    const identity = { TLS_CERT: file("c.pem", client.cert), TLS_KEY: file("c.key", client.key) };
    expect(await program("call", { ...target, ...identity }, "ListUsers")).toMatchObject({
      code: 0,
    });
    expect(await program("call", target, "ListUsers")).toMatchObject({ code: 1 });
    expect(await service.stop()).toBe(0);
  }, 60_000);

  it("refuses a port that is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await program("main", { PORT: `${port}`, DATA_DIR: dataDir });
    expect(code).toBe(1);
    const reason = `port ${port} of 127.0.0.1 is taken by another program`;
    expect(stderr).toBe(`user service: ${reason} (PORT sets another)\n`);
    other.close();
  }, 60_000);

  it.each([
    [{ DATABASE_URL: "nonsense" }, "DATABASE_URL is not a URL"],
    [{ DATABASE_URL: "mysql://localhost/x" }, "DATABASE_URL must begin with postgres://"],
    [
      { DATABASE_URL: "postgres://user:secret@127.0.0.1:1/x" },
      "DATABASE_URL: no connection to PostgreSQL at 127.0.0.1:1/x: connect ECONNREFUSED",
    ],
    [
      { TLS_CERT: "/no/such.pem", TLS_KEY: "/no/such.key" },
      "TLS certificate file /no/such.pem cannot be read",
    ],
    [{ TLS_CERT: "/no/such.pem" }, "TLS needs both TLS_CERT and TLS_KEY"],
    [{ PORT: "http" }, "PORT must be a whole number"],
    [{ WORKERS: "2" }, 'WORKERS must be 1 without DATABASE_URL, not "2"'],
    [
      { WORKERS: "2", DATABASE_URL: "postgres://user:secret@127.0.0.1:1/x" },
      "DATABASE_URL: no connection to PostgreSQL at 127.0.0.1:1/x: connect ECONNREFUSED",
    ],
    [{ DATA_DIR: "/dev/null/data" }, "the data folder /dev/null/data cannot be used"],
  ])("refuses %o in one line", async (env, message) => {
    const { code, stdout, stderr } = await program("main", env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^user service: [^\n]*\n$/);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("secret");
  });
});

describe("npm run call", () => {
  it.each([
    [["Nonsense"], 'no method "Nonsense": GetUser, CreateUser'],
    [["GetUser", '{"nonsense":1}'], 'key "nonsense" is unknown'],
    [["GetUser", "{"], "JSON"],
  ])("refuses %j", async (args, message) => {
    const { code, stderr } = await program("call", {}, ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

it("npm run demo walks through all RPCs and ends well", async () => {
  const { code, stdout, stderr } = await program("demo", {});
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const methods =
    "CreateUser GetUser UpdateUser DeleteUser BulkCreateUsers ListUsers WatchUsers Chat UploadFile DownloadFile";
  for (const method of methods.split(" ")) expect(stdout).toContain(method);
}, 60_000);
