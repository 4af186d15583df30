// The sockets that systemd has opened for this process: socket activation (sd_listen_fds(3)).
import { type Log, processLog, UsageError } from "@trunkline/core";
import { slotVariable } from "../cluster/messages.js";
import type { ListenOptions } from "../listen-options.js";
import type { ListenAddress } from "../place/listen-address.js";

/** One socket of systemd. */
export interface SystemdSocket {
  /** Its number in this process, 3 or more: for `listen({ fd })`. */
  readonly fd: number;
  /** `FileDescriptorName=` of the socket unit: by default the unit's name, for example `users.socket`; `unknown` without. */
  readonly name: string;
}

/** What a process knows of itself, for tests. */
export interface ProcessFacts {
  /** Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Default: `process.pid`. */
  readonly pid?: number | undefined;
  /** Default: `process.ppid`. */
  readonly ppid?: number | undefined;
  /** Where it is told that the sockets are another process's. Default: what `setLog` names. */
  readonly log?: Log | undefined;
}

/** The first one (SD_LISTEN_FDS_START). */
const firstFd = 3;
const mostFds = 4096;

/**
 * The sockets that systemd hands to this process by LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES; empty when it was started
 * otherwise. In a worker of `serveOnAllCores`: those of the primary process.
 */
export function systemdSockets(facts: ProcessFacts = {}): readonly SystemdSocket[] {
  const { env = process.env, pid = process.pid, ppid = process.ppid, log = processLog } = facts;
  const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES = "" } = env;
  if (LISTEN_FDS === undefined || LISTEN_PID === undefined) return [];
  const own = env[slotVariable] === undefined ? pid : ppid;
  if (Number(LISTEN_PID) !== own) {
    log.warn("systemd has sockets for another process: it has to start node itself", {
      listenPid: LISTEN_PID,
      pid: own,
    });
    return [];
  }
  const count = /^[0-9]+$/.test(LISTEN_FDS) ? Math.min(Number(LISTEN_FDS), mostFds) : 0;
  const names = LISTEN_FDNAMES.split(":");
  return Array.from({ length: count }, (_, index) => ({
    fd: firstFd + index,
    name: names[index] || "unknown",
  }));
}

/** Options of `listenOnSystemdSockets`: what holds for all sockets, as in `Server.listen`. */
export interface SystemdListenOptions
  extends Pick<ListenOptions, "credentials" | "proxyProtocol" | "http1" | "backlog"> {
  /** Only the sockets of this name. Default: all. */
  readonly name?: string | undefined;
}

/** What listens: a server, or `{ listen: (options) => worker.listen(server, options) }` in a worker. */
export interface SystemdListener {
  /** See `Server`. */
  listen(options?: ListenOptions): Promise<ListenAddress>;
}

/**
 * Listens on the sockets of systemd.
 * @returns where; empty when systemd has none for this process, so that something else can be listened on.
 * @throws {UsageError} when there are sockets, and none of that name.
 * @throws Error when one cannot be listened on, a datagram socket for instance.
 */
export async function listenOnSystemdSockets(
  server: SystemdListener,
  options: SystemdListenOptions = {},
  facts: ProcessFacts = {},
): Promise<readonly ListenAddress[]> {
  const { name, ...rest } = options;
  const all = systemdSockets(facts);
  const wanted = all.filter((socket) => name === undefined || socket.name === name);
  if (all.length > 0 && wanted.length === 0) {
    const names = all.map((socket) => socket.name).join(", ");
    throw new UsageError(`systemd has no socket named ${name}; it has ${names}`);
  }
  const addresses: ListenAddress[] = [];
  for (const { fd } of wanted) addresses.push(await server.listen({ ...rest, fd }));
  return addresses;
}
