// A network namespace of its own, where packets may be dropped without anybody else noticing.
import { spawn } from "node:child_process";
import { run } from "@trunkline/testkit";

/** A namespace that lives as long as the process that holds it. */
export interface Namespace {
  /** The words that start a program in it. */
  readonly within: readonly string[];
  end(): void;
}

/** No namespace lives longer, milliseconds. */
const lifetimeMs = 300_000;

/** @returns the namespace, or why there can be none. */
export async function openNamespace(): Promise<Namespace | string> {
  const tool = await run("iptables", ["--version"]);
  if (tool.code !== 0) return "iptables is not installed";
  const holder = spawn(
    "unshare",
    ["--net", "sh", "-c", "ip link set lo up && echo ready && exec sleep 300"],
    {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: lifetimeMs,
    },
  );
  const said = await new Promise<string>((resolve) => {
    let text = "";
    const read = (chunk: Buffer): void => {
      text += chunk;
      if (text.includes("ready")) resolve("ready");
    };
    holder.stdout.on("data", read);
    holder.stderr.on("data", read);
    holder.once("error", (error) => resolve(error.message));
    holder.once("exit", () => resolve(text.trim()));
  });
  const end = (): void => void holder.kill("SIGKILL");
  const within = ["nsenter", "--target", String(holder.pid), "--net"];
  if (said !== "ready") return `no network namespace is permitted: ${said}`;
  const tried = await filter(within, ["-L"]);
  if (tried === "") return { within, end };
  end();
  return `iptables is not permitted: ${tried}`;
}

/** @returns what went wrong; nothing when all went well. */
async function filter(within: readonly string[], args: readonly string[]): Promise<string> {
  const [command = "", ...rest] = [...within, "iptables", ...args];
  const { code, stderr } = await run(command, rest, { timeoutMs: 5000 });
  return code === 0 ? "" : stderr.trim() || `${command} ended with ${code}`;
}

async function changeRule(action: string, within: readonly string[], host: string): Promise<void> {
  for (const side of ["-s", "-d"]) {
    const fault = await filter(within, [action, "INPUT", side, host, "-j", "DROP"]);
    if (fault !== "") throw new Error(fault);
  }
}

/** From now on nothing reaches `host`, and nothing comes from it. */
export function dropPackets(within: readonly string[], host: string): Promise<void> {
  return changeRule("-A", within, host);
}

/** Undoes `dropPackets`. */
export function takePackets(within: readonly string[], host: string): Promise<void> {
  return changeRule("-D", within, host);
}
