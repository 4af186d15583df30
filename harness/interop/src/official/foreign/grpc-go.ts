// grpc-go's own interop programs as peers of the official cases.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { run, startPeer } from "@trunkline/testkit";
import { writeFlags } from "../../foreign/program.js";
import { prepareOfficialGo } from "../../foreign/toolchains.js";
import type { ClientSecurity, ServerPeer } from "../../peer.js";
import { soakSettings } from "../cases/soak.js";
import { namesWithout } from "../cases.js";
import type { OfficialClient } from "../peer.js";

const CASE_TIMEOUT_MS = 80_000;

/** Runs one of the programs against a server of this machine until it ends; it ends well when it has found no fault. */
export async function runGoProgram(
  name: "client" | "http2",
  target: string,
  flags: readonly string[],
): Promise<void> {
  // By address: for a name its program asks the name servers of this network, too.
  const where = ["-server_host=127.0.0.1", `-server_port=${target.split(":")[1]}`];
  const command = join(await prepareOfficialGo(), name);
  const result = await run(command, [...where, ...flags], { timeoutMs: CASE_TIMEOUT_MS });
  if (result.code !== 0) {
    throw new Error(`${command} ${flags.join(" ")} ended with ${result.code}:\n${result.stderr}`);
  }
}

function soakFlags(name: string): string[] {
  if (!(name in soakSettings)) return [];
  const settings = soakSettings[name as keyof typeof soakSettings];
  return [
    `-soak_iterations=${settings.iterations}`,
    `-soak_max_failures=${settings.maxFailures}`,
    `-soak_per_iteration_max_acceptable_latency_ms=${settings.perIterationMaxAcceptableLatencyMs}`,
    `-soak_overall_timeout_seconds=${settings.overallTimeoutSeconds}`,
  ];
}

/** Its policy that keeps the reports, for the cases that look at them. */
function policyFlags(name: string): string[] {
  const config = { loadBalancingConfig: [{ test_backend_metrics_load_balancer: {} }] };
  return name.startsWith("orca_") ? [`-service_config_json=${JSON.stringify(config)}`] : [];
}

async function prepareSecurity(security?: ClientSecurity): Promise<[string[], string?]> {
  if (!security) return [[]];
  const { flags, folder } = await writeFlags(undefined, security.authority);
  return [
    ["-use_tls", "-use_test_ca", `-ca_file=${flags[1]}`, "-server_host_override=localhost"],
    folder,
  ];
}

/** grpc-go, client side. Its program has no compressed cases. */
export const officialGoClient: OfficialClient = {
  name: "grpc-go",
  cases: namesWithout("compression"),
  async connect(target, security) {
    const [flags, folder] = await prepareSecurity(security);
    return {
      run: (name) =>
        runGoProgram("client", target, [
          `-test_case=${name}`,
          ...soakFlags(name),
          ...policyFlags(name),
          ...flags,
        ]),
      close: async () => {
        if (folder !== undefined) await rm(folder, { recursive: true });
      },
    };
  },
};

/** grpc-go, server side. Its program compresses nothing. */
export const officialGoServer: ServerPeer = {
  name: "grpc-go",
  lacks: ["compression"],
  async start(security) {
    const { flags, folder } = await writeFlags(security?.identity, undefined);
    const [, cert, , key] = flags;
    const tls = security ? ["-use_tls", `-tls_cert_file=${cert}`, `-tls_key_file=${key}`] : [];
    const peer = await startPeer({
      command: join(await prepareOfficialGo(), "server"),
      args: ["-port=0", ...tls],
      // It says where it listens in its log alone.
      env: { GRPC_GO_LOG_SEVERITY_LEVEL: "info" },
      readyLine: /interop server listening on .*:(\d+)/,
    });
    return {
      port: Number(peer.ready),
      stop: async () => {
        await peer.stop();
        await rm(folder, { recursive: true });
      },
    };
  },
};
