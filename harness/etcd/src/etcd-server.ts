// Runs a real etcd on free ports of 127.0.0.1, with its data in a folder that is thrown away.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PeerProcess, startPeer } from "@trunkline/testkit";

/** A running etcd. */
export interface EtcdServer {
  /** `127.0.0.1:port` */
  readonly endpoint: string;
  /** Kills it where it stands. */
  kill(): Promise<void>;
  /** Starts it again at the same place; with its data, unless `empty`. */
  restart(empty?: boolean): Promise<void>;
  /** Ends it and throws its data away. */
  stop(): Promise<void>;
}

/** Files for TLS; a client must show a certificate of the same authority if `ca` is there. */
export interface EtcdTls {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
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

function flagsOf(client: string, peer: string, tls: EtcdTls | undefined): string[] {
  const secure =
    tls === undefined
      ? []
      : ["--cert-file", tls.cert, "--key-file", tls.key].concat(
          tls.ca === undefined ? [] : ["--client-cert-auth", "--trusted-ca-file", tls.ca],
        );
  const addresses = [
    ["--listen-client-urls", client],
    ["--advertise-client-urls", client],
    ["--listen-peer-urls", peer],
    ["--initial-advertise-peer-urls", peer],
    ["--initial-cluster", `default=${peer}`],
  ].flat();
  // Leases of a second shall end after a second.
  const timing = ["--heartbeat-interval", "20", "--election-timeout", "200"];
  return [...addresses, ...secure, ...timing, "--logger", "zap"];
}

/** Starts it, and resolves when it serves. */
export async function startEtcd(tls?: EtcdTls): Promise<EtcdServer> {
  const home = await mkdtemp(join(tmpdir(), "trunkline-etcd-"));
  const scheme = tls === undefined ? "http" : "https";
  const endpoint = `127.0.0.1:${await findPort()}`;
  const flags = flagsOf(`${scheme}://${endpoint}`, `http://127.0.0.1:${await findPort()}`, tls);
  let generation = 0;
  const start = (): Promise<PeerProcess> =>
    startPeer({
      command: "etcd",
      args: [...flags, "--data-dir", join(home, `data-${generation}`)],
      env: { ETCD_UNSUPPORTED_ARCH: process.arch },
      readyLine: /ready to serve client requests|serving (?:insecure )?client (?:requests|traffic)/,
    });
  let process_ = await start();
  return {
    endpoint,
    kill: async () => {
      await process_.stop("SIGKILL");
    },
    restart: async (empty = false) => {
      if (empty) generation += 1;
      process_ = await start();
    },
    stop: async () => {
      await process_.stop("SIGKILL");
      await rm(home, { recursive: true, force: true });
    },
  };
}
