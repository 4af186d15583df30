// Makes a server of Node.js listen: on a port, a path or a socket that was inherited; and says why it cannot.
import { rmSync } from "node:fs";
import { connect, type Server } from "node:net";
import { inheritedPath } from "./inherited-path.js";
import { formatAddress, type ListenAddress, type ListenPlace } from "./listen-address.js";

/** A process that was killed leaves its socket's file behind; a file that nobody listens on is replaced. */
export async function bindOrReplace(server: Server, plan: ListenPlace): Promise<ListenAddress> {
  try {
    await bind(server, plan);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    const isFile = plan.path !== undefined && !plan.path.startsWith("\0");
    if (!isTaken || !isFile || !(await isAbandoned(plan.path))) throw error;
    rmSync(plan.path, { force: true });
    await bind(server, plan);
  }
  return readAddress(server, plan);
}

function isAbandoned(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(false));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
    socket.end();
  });
}

function bind(server: Server, plan: ListenPlace): Promise<void> {
  const { host, port, path, fd, backlog, exclusive } = plan;
  const place = fd !== undefined ? { fd } : path === undefined ? { host, port } : { path };
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const address = fd === undefined ? formatAddress(host, port, path) : `file descriptor ${fd}`;
      reject(explainFailure(cause, address));
    });
    server.listen({ ...place, backlog, exclusive }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the address is in use already",
  EACCES: "permission denied",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "the host name is not known",
  ENOENT: "there is no such folder",
  EINVAL: "it is no socket that can be listened on",
  EBADF: "it is not open",
  ENOTSOCK: "it is no socket",
};

function explainFailure(cause: NodeJS.ErrnoException, address: string): Error {
  const code = cause.code ?? "unknown";
  const reason = reasons[code] ?? cause.message;
  const error = new Error(`cannot listen on ${address}: ${reason} (${code})`, { cause });
  return Object.assign(error, { code });
}

function readAddress(server: Server, plan: ListenPlace): ListenAddress {
  const bound = server.address();
  if (bound === null || typeof bound === "string") {
    const path = plan.path ?? bound ?? inheritedPath(plan.fd);
    return { host: path, port: 0, address: formatAddress("", 0, path) };
  }
  const { address: host, port } = bound;
  return { host, port, address: formatAddress(host, port, undefined) };
}
