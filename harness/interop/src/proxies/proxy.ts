// A reverse proxy as a peer: its configuration is the one of the guide, with other ports, in front of ours.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Identity, type PeerProcess, startPeer } from "@trunkline/testkit";
import type { InteropServer, ServerPeer, ServerSecurity } from "../peer.js";
import { startTwofold } from "../servers/trunkline.js";

/** How a program is run with the configuration of the guide. */
export interface ProxyKind {
  readonly name: string;
  /** The file in `harness/interop/proxies`. */
  readonly file: string;
  /** Writes what else it needs beside `config`, in `folder`, and says how to start it. */
  prepare(folder: string, config: string): Promise<ProxyCommand>;
}

/** How to start a proxy, and how to have it read its configuration again. */
export interface ProxyCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly readyLine: RegExp;
  reload?(process: PeerProcess): Promise<void>;
}

/** A proxy that runs. */
export interface RunningProxy {
  readonly plainPort: number;
  readonly tlsPort: number;
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** Debian puts servers where only root looks for programs. */
export const programPath = { PATH: `${process.env.PATH}:/usr/sbin` };

/** As many ports as are wanted, free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            resolve(typeof address === "object" && address !== null ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** The guide's ports and paths, and what stands for them here. */
function fillIn(config: string, words: Readonly<Record<string, string>>): string {
  return Object.entries(words).reduce((text, [word, value]) => {
    if (!text.includes(word)) throw new Error(`the configuration has no ${word}`);
    return text.replaceAll(word, value);
  }, config);
}

/** The configuration as the guide shows it. */
export function readConfig(file: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../proxies/${file}`, import.meta.url)), "utf8");
}

/** Starts a proxy in front of two backends. */
export async function startProxy(
  kind: ProxyKind,
  backends: readonly [number, number],
  identity: Identity,
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), `trunkline-${kind.name}-`));
  const [plainPort = 0, tlsPort = 0] = await freePorts(2);
  await writeFile(join(folder, "users.crt"), identity.cert);
  await writeFile(join(folder, "users.key"), identity.key);
  await writeFile(join(folder, "users.pem"), identity.cert + identity.key);
  const config = fillIn(await readConfig(kind.file), {
    "8080": String(plainPort),
    "8443": String(tlsPort),
    "50051": String(backends[0]),
    "50052": String(backends[1]),
    "/etc/ssl/": `${folder}/`,
  });
  const { command, args, readyLine, reload } = await kind.prepare(folder, config);
  const running = await startPeer({ command, args, readyLine, cwd: folder, env: programPath });
  return {
    plainPort,
    tlsPort,
    reload: () => reload?.(running) ?? Promise.reject(new Error(`${kind.name} cannot reload`)),
    stop: async () => {
      await running.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** One of our servers on two ports behind a proxy look like one server. With TLS the proxy ends it. */
export function behind(kind: ProxyKind, identityOf: () => Identity): ServerPeer {
  return {
    name: `trunkline behind ${kind.name}`,
    lacks: [],
    start: async (security?: ServerSecurity): Promise<InteropServer> => {
      const backend = await startTwofold();
      const identity = security?.identity ?? identityOf();
      const proxy = await startProxy(kind, backend.ports, identity);
      return {
        port: security === undefined ? proxy.plainPort : proxy.tlsPort,
        stop: async () => {
          await proxy.stop();
          await backend.stop();
        },
      };
    },
  };
}
