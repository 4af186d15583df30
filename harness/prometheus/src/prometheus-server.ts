// Runs a real Prometheus that scrapes one target, with its data in a folder that is thrown away.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { startPeer } from "@trunkline/testkit";

/** A running Prometheus. */
export interface PrometheusServer {
  /** What its query API answers now: the value of each series, by its labels. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Ends it and throws its data away. */
  stop(): Promise<void>;
}

/** One series of an answer. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The folder with `prometheus` and `promtool`: of the system, else of Debian's package, unpacked below the cache. */
export function findPrograms(): string {
  const path = (process.env.PATH ?? "").split(delimiter);
  const installed = path.find((folder) => existsSync(join(folder, "prometheus")));
  if (installed !== undefined) return installed;
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "trunkline");
  const home = join(cache, "prometheus");
  const programs = join(home, "usr", "bin");
  if (existsSync(join(programs, "prometheus"))) return programs;
  mkdirSync(home, { recursive: true });
  execFileSync("apt-get", ["download", "prometheus"], { cwd: home, stdio: "ignore" });
  const file = readdirSync(home).find((name) => name.endsWith(".deb"));
  execFileSync("dpkg", ["-x", file ?? "prometheus.deb", "."], { cwd: home });
  return programs;
}

/** A port that is free now. */
function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

/** Starts it, and resolves when it serves. @param port where `/metrics` is, on 127.0.0.1. */
export async function startPrometheus(port: number): Promise<PrometheusServer> {
  const home = await mkdtemp(join(tmpdir(), "trunkline-prometheus-"));
  const config = join(home, "prometheus.json");
  // JSON is YAML, too.
  const job = {
    job_name: "trunkline",
    scrape_interval: "1s",
    scrape_timeout: "1s",
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
  };
  await writeFile(config, JSON.stringify({ scrape_configs: [job] }));
  const own = `127.0.0.1:${await findPort()}`;
  const peer = await startPeer({
    command: join(findPrograms(), "prometheus"),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(home, "data")}`,
      `--web.listen-address=${own}`,
    ],
    readyLine: /Server is ready to receive web requests/,
  });
  return {
    query: (expression) => ask(own, expression),
    async stop() {
      await peer.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function ask(address: string, expression: string): Promise<Sample[]> {
  const answer = await fetch(
    `http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`,
  );
  const { data } = (await answer.json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}
