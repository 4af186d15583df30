// Asks a SOCKS5 proxy for a tunnel (RFC 1928), with user and password (RFC 1929); names are left to it.
import type { Duplex } from "node:stream";
import type { TcpAddress } from "../../../resolver/address.js";
import { isIpv4, isIpv6 } from "../../../resolver/host-port.js";
import type { ProxyServer } from "./proxy.js";
import { readAnswer } from "./read-answer.js";

const version = 5;
const noAuthentication = 0;
const userAndPassword = 2;
const noneAcceptable = 0xff;

/** RFC 1928 s6 */
const replies: readonly string[] = [
  "succeeded",
  "general failure",
  "connection not allowed by its rules",
  "network unreachable",
  "host unreachable",
  "connection refused",
  "time to live expired",
  "command not supported",
  "address type not supported",
];

/** Resolves when the tunnel stands; rejects with the proxy's reason when it refuses. */
export async function connectBySocks5(
  socket: Duplex,
  proxy: ProxyServer,
  address: TcpAddress,
  signal: AbortSignal,
): Promise<void> {
  const read = (length: number): Promise<Buffer> =>
    readAnswer(socket, signal, () => length, length);
  const methods =
    proxy.user === undefined ? [noAuthentication] : [noAuthentication, userAndPassword];
  socket.write(Buffer.from([version, methods.length, ...methods]));
  const [itsVersion, method] = await read(2);
  if (itsVersion !== version)
    throw new Error(`it does not speak SOCKS5: its version is ${itsVersion}`);
  if (method === userAndPassword && proxy.user !== undefined) {
    await authenticate(socket, proxy.user, proxy.password, read);
  } else if (method !== noAuthentication) {
    const hint = proxy.user === undefined ? "; its URL names no user" : "";
    throw new Error(
      method === noneAcceptable
        ? `it accepts none of our ways to authenticate${hint}`
        : `it chose to authenticate by method ${method}, which was not offered`,
    );
  }
  socket.write(
    Buffer.concat([
      Buffer.from([version, 1, 0]),
      encodeHost(address.host),
      encodePort(address.port),
    ]),
  );
  await readReply(read);
}

async function authenticate(
  socket: Duplex,
  user: string,
  password: string,
  read: (length: number) => Promise<Buffer>,
): Promise<void> {
  socket.write(Buffer.concat([Buffer.from([1]), encodeText(user), encodeText(password)]));
  const status = (await read(2))[1];
  if (status !== 0) throw new Error(`it refused user and password (status ${status})`);
}

async function readReply(read: (length: number) => Promise<Buffer>): Promise<void> {
  const [itsVersion, reply = 0, , type = 0] = await read(4);
  if (itsVersion !== version) throw new Error("its reply is not SOCKS5");
  if (reply !== 0) throw new Error(`it answered ${reply} (${replies[reply] ?? "unknown"})`);
  // The address it is bound to says nothing to us, but must be read.
  const hostLength = type === 1 ? 4 : type === 4 ? 16 : ((await read(1))[0] ?? 0);
  await read(hostLength + 2);
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function encodePort(port: number): Buffer {
  return Buffer.from([port >> 8, port & 0xff]);
}

function encodeHost(host: string): Buffer {
  if (isIpv4(host)) return Buffer.from([1, ...host.split(".").map(Number)]);
  if (isIpv6(host)) return Buffer.concat([Buffer.from([4]), toIpv6Bytes(host)]);
  if (Buffer.byteLength(host) > 255) throw new Error(`the name "${host}" is longer than 255 bytes`);
  return Buffer.concat([Buffer.from([3]), encodeText(host)]);
}

function toIpv6Bytes(host: string): Buffer {
  // The URL parser writes an embedded IPv4 address in groups, and refuses zones, which are local anyway.
  const text = new URL(`http://[${host.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [left = "", right] = text.split("::");
  const toGroups = (half: string): string[] => (half === "" ? [] : half.split(":"));
  const head = toGroups(left);
  const tail = right === undefined ? [] : toGroups(right);
  const zeros = new Array<string>(8 - head.length - tail.length).fill("0");
  return Buffer.from(
    [...head, ...zeros, ...tail].flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    }),
  );
}
