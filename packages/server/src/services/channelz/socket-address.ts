// Addresses as channelz has them: bytes of an IP and a port, the path of a unix-domain socket, or any other text.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { AddressSchema } from "../../gen/grpc/channelz/v1/channelz_pb.js";

type Address = MessageInitShape<typeof AddressSchema>;

/** @param text `ip:port`, `[ipv6]:port`, `unix:path`, or whatever else an address is written as. */
export function toSocketAddress(text: string): Address {
  if (text.startsWith("unix:")) {
    return { address: { case: "udsAddress", value: { filename: text.slice(5) } } };
  }
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([\d.]+)):(\d+)$/.exec(text) ?? [];
  const ipAddress = v6 === undefined ? readIpv4(v4 ?? "") : readIpv6(v6);
  if (ipAddress === undefined) return { address: { case: "otherAddress", value: { name: text } } };
  return { address: { case: "tcpipAddress", value: { ipAddress, port: Number(port) } } };
}

function readIpv4(text: string): Uint8Array<ArrayBuffer> | undefined {
  const parts = text.split(".").map(Number);
  return parts.length === 4 && parts.every((part) => part <= 255)
    ? Uint8Array.from(parts)
    : undefined;
}

/** RFC 4291 s2.2; a zone (`%eth0`) says nothing to others, and is left out. */
function readIpv6(text: string): Uint8Array<ArrayBuffer> | undefined {
  const [bare = ""] = text.split("%");
  const [head = "", tail, ...rest] = bare.split("::");
  if (rest.length > 0) return undefined;
  const first = readGroups(head);
  const last = readGroups(tail ?? "");
  if (first === undefined || last === undefined) return undefined;
  const missing = 16 - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined;
  return Uint8Array.from([...first, ...new Array<number>(missing).fill(0), ...last]);
}

function readGroups(text: string): number[] | undefined {
  const bytes: number[] = [];
  for (const group of text === "" ? [] : text.split(":")) {
    const embedded = group.includes(".") ? readIpv4(group) : undefined;
    if (embedded !== undefined) bytes.push(...embedded);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    } else return undefined;
  }
  return bytes;
}
