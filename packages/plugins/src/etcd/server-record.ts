// What stands in etcd for one server: JSON, as the naming package of etcd's client for Go writes and reads it.
import type { Address, Endpoint } from "@trunkline/client";

/** One server as etcd's naming package has it. */
export interface ServerRecord {
  /** Where it listens: `10.0.0.1:50051`, `[::1]:50051`, `unix:/run/x.sock`. */
  readonly Addr: string;
  /** Anything that is JSON. */
  readonly Metadata?: unknown;
}

/** The value that is put for a server; an `Op` of 0 is an addition. */
export function formatRecord(address: string, metadata: unknown): string {
  return JSON.stringify({ Op: 0, Addr: address, Metadata: metadata ?? null });
}

/** @throws {Error} that says what is wrong with the value. */
export function parseRecord(text: string): ServerRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
  const { Addr } = (value ?? {}) as { Addr?: unknown };
  if (typeof Addr !== "string") throw new Error("it has no text Addr");
  return value as ServerRecord;
}

/** The address in a text; undefined when it is none. */
export function parseAddress(text: string): Address | undefined {
  if (text.startsWith("unix:") && text.length > "unix:".length) {
    return { kind: "unix", path: text.slice("unix:".length).replace(/^\/\/(?=\/)/, "") };
  }
  const match = /^(?:\[([^[\]]+)\]|([^[\]:/\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host !== undefined && port >= 1 && port <= 65_535
    ? { kind: "tcp", host, port }
    : undefined;
}

/** Reads `weight` and `zone` out of the metadata, where it is an object that has them. */
export function toEndpoint({ Addr, Metadata }: ServerRecord): Endpoint {
  const address = parseAddress(Addr);
  if (address === undefined) throw new Error(`its Addr "${Addr}" is not host:port`);
  const { weight, zone } = (Metadata ?? {}) as { weight?: unknown; zone?: unknown };
  return {
    addresses: [address],
    ...(Number.isInteger(weight) && (weight as number) > 0 ? { weight: weight as number } : {}),
    ...(typeof zone === "string" && zone !== "" ? { zone } : {}),
  };
}
