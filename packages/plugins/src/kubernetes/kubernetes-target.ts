// What a `kubernetes:` target says: service, namespace and port.
import type { Target } from "@trunkline/client";
import { UsageError } from "@trunkline/core";

/** Which port of the servers is meant: by its name, by its number, or the only one they have. */
export type PortChoice =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "only" };

/** A target of Kubernetes, taken apart. */
export interface KubernetesTarget {
  readonly service: string;
  /** undefined: the one that the client runs in. */
  readonly namespace: string | undefined;
  readonly port: PortChoice;
}

/** A label of a DNS name (RFC 1123 s2.1), as Kubernetes wants names to be. */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const form = "kubernetes:///service.namespace:port";

/**
 * `kubernetes:///users.shop:grpc`, and with less or more: `users`, `users.shop.svc.cluster.local:50051`.
 * @throws {UsageError} that names the target and what is wrong with it.
 */
export function parseKubernetesTarget({ text, authority, endpoint }: Target): KubernetesTarget {
  if (authority !== "") {
    throw new UsageError(
      `target "${text}": the API server is named by the option server of the resolver, but "${authority}" stands there; write ${form}`,
    );
  }
  const [name = "", port, ...more] = endpoint.replace(/^\/+/, "").split(":");
  const [service = "", namespace, svc] = name.split(".");
  const isSound = label.test(service) && (namespace === undefined || label.test(namespace));
  if (!isSound || more.length > 0 || (svc !== undefined && svc !== "svc")) {
    throw new UsageError(`target "${text}" is not ${form}`);
  }
  return { service, namespace, port: parsePort(text, port) };
}

function parsePort(text: string, port: string | undefined): PortChoice {
  if (port === undefined) return { kind: "only" };
  if (!/^\d+$/.test(port)) {
    if (label.test(port)) return { kind: "name", name: port };
    throw new UsageError(`target "${text}": "${port}" is neither the name of a port nor a number`);
  }
  const number = Number(port);
  if (number >= 1 && number <= 65_535) return { kind: "number", number };
  throw new UsageError(`target "${text}": port ${port} is not from 1 to 65535`);
}

/** The port as people say it. */
export function describePort(port: PortChoice): string {
  if (port.kind === "only") return "the only port";
  return port.kind === "name" ? `port "${port.name}"` : `port ${port.number}`;
}
