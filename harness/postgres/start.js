// Starts a throw-away PostgreSQL server from the system's own packages, for as long as a command runs:
//   node harness/postgres/start.js npx vitest run examples/user-service
// The command finds the server's address in DATABASE_URL_TEST. Without a command the address is
// printed, and the server runs until SIGTERM, SIGINT or the end of stdin.
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const startTimeoutSeconds = 30;

/** The folder of initdb and pg_ctl: Debian keeps them out of PATH, one folder for each version. */
function findPrograms() {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(root, version, "bin"))
    .find((folder) => existsSync(join(folder, "initdb")));
  if (found !== undefined) return found;
  try {
    return execFileSync("pg_config", ["--bindir"], { encoding: "utf8" }).trim();
  } catch {
    throw new Error("there is no PostgreSQL: apt-get install postgresql");
  }
}

/** PostgreSQL refuses to run as root; Debian's package makes a user for it. */
function findOwner() {
  if (process.getuid?.() !== 0) return {};
  const id = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** A port that is free now. */
function findPort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Makes and starts a server; returns its URL and how to stop it. */
async function startPostgres() {
  const programs = findPrograms();
  const owner = findOwner();
  const port = await findPort();
  const folder = mkdtempSync(join(tmpdir(), "trunkline-postgres-"));
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  const run = (program, ...args) =>
    execFileSync(join(programs, program), args, {
      ...owner,
      cwd: folder,
      env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" },
      stdio: ["ignore", "ignore", "inherit"],
    });
  const stop = () => {
    try {
      run("pg_ctl", "stop", "-D", data, "-m", "immediate", "-w");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  // Only this machine can connect, and the data is thrown away: no password, no waiting for the disk.
  const settings = `-h 127.0.0.1 -p ${port} -k ${folder} -F -c max_connections=200`;
  const log = join(folder, "log");
  try {
    run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync");
    run("pg_ctl", "start", "-D", data, "-l", log, "-o", settings, "-w", "-t", startTimeoutSeconds);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop };
}

/** Runs the command; its exit code. */
function runCommand([command, ...args], url) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DATABASE_URL_TEST: url };
    const child = spawn(command, args, { env, stdio: "inherit" });
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => child.kill(signal));
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** Waits until somebody wants the server to stop. */
function untilStopped() {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, resolve);
    process.stdin.on("end", resolve).resume();
  });
}

const command = process.argv.slice(2);
const { url, stop } = await startPostgres();
try {
  if (command.length > 0) process.exitCode = await runCommand(command, url);
  else {
    console.log(url);
    await untilStopped();
  }
} finally {
  stop();
}
process.exit();
