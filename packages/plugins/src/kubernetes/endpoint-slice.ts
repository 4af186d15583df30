// EndpointSlices (discovery.k8s.io/v1), as far as they are used here, and the endpoints that come of them.
import type { Endpoint, TcpAddress } from "@trunkline/client";
import { describePort, type PortChoice } from "./kubernetes-target.js";

/** One server in a slice. */
export interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly conditions?: {
    readonly ready?: boolean | null;
    readonly serving?: boolean | null;
    readonly terminating?: boolean | null;
  };
  readonly zone?: string | null;
  readonly hints?: { readonly forZones?: readonly { readonly name: string }[] | null } | null;
  readonly targetRef?: { readonly uid?: string; readonly name?: string } | null;
}

/** A port that all servers of a slice have. */
export interface SlicePort {
  readonly name?: string | null;
  readonly port?: number | null;
  readonly protocol?: string | null;
}

/** One slice: a part of the servers of a service, all with the same kind of addresses and the same ports. */
export interface EndpointSlice {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly addressType: string;
  readonly endpoints?: readonly SliceEndpoint[] | null;
  readonly ports?: readonly SlicePort[] | null;
}

/** A server whose slices are being put together. */
interface Candidate {
  readonly addresses: TcpAddress[];
  readonly zone: string | undefined;
  isReady: boolean;
  /** It ends, but still answers. */
  isLeaving: boolean;
}

/**
 * The endpoints of all slices of a service. A server with an IPv4 and an IPv6 address is one endpoint (gRFC A61),
 * and so is one that stands in two slices while it moves. Servers that are not ready are left out; while none is, those
 * count which end but still answer, as kube-proxy has it (KEP-1669).
 * @param ownZone the client's zone, undefined if it is not known: picks among the zones that a server is meant for.
 * @throws {Error} when there are servers, but none has the port.
 */
export function toEndpoints(
  slices: Iterable<EndpointSlice>,
  choice: PortChoice,
  ownZone: string | undefined,
): Endpoint[] {
  const all = [...slices].filter(({ endpoints }) => (endpoints ?? []).length > 0);
  const candidates = new Map<string, Candidate>();
  let withPort = 0;
  for (const slice of all) {
    const port = portOf(slice, choice);
    if (port === undefined) continue;
    withPort += 1;
    for (const endpoint of slice.endpoints ?? []) addTo(candidates, endpoint, port, ownZone);
  }
  if (all.length > 0 && withPort === 0) throw new Error(describeMissing(all, choice));
  return usable([...candidates.values()]);
}

/** UDP and SCTP carry no gRPC. */
function tcpPorts({ ports }: EndpointSlice): SlicePort[] {
  return (ports ?? []).filter(({ protocol }) => (protocol ?? "TCP") === "TCP");
}

function portOf(slice: EndpointSlice, choice: PortChoice): number | undefined {
  // Headless services may have no ports at all: a number needs none.
  if (choice.kind === "number") return choice.number;
  const ports = tcpPorts(slice);
  const [port] =
    choice.kind === "name" ? ports.filter(({ name }) => name === choice.name) : onlyOf(ports);
  return port?.port ?? undefined;
}

function onlyOf(ports: SlicePort[]): SlicePort[] {
  return ports.length === 1 ? ports : ports.filter(({ name }) => name === "grpc");
}

function describeMissing(slices: readonly EndpointSlice[], choice: PortChoice): string {
  const ports = slices.flatMap(tcpPorts).map(({ name, port }) => `${name || "unnamed"} (${port})`);
  const known = ports.length === 0 ? "no port" : [...new Set(ports)].join(", ");
  const what = choice.kind === "only" ? "not one port only" : `no ${describePort(choice)}`;
  return `its servers have ${what}; they have ${known}`;
}

function addTo(
  candidates: Map<string, Candidate>,
  endpoint: SliceEndpoint,
  port: number,
  ownZone: string | undefined,
): void {
  // All addresses of an entry lead to the same server: one of them will do.
  const [host] = endpoint.addresses;
  if (host === undefined) return;
  const { ready, serving, terminating } = endpoint.conditions ?? {};
  const isReady = ready ?? true;
  const isLeaving = (serving ?? isReady) && terminating === true;
  const key = endpoint.targetRef?.uid ?? endpoint.targetRef?.name ?? host;
  let candidate = candidates.get(key);
  if (candidate === undefined) {
    candidate = { addresses: [], zone: zoneOf(endpoint, ownZone), isReady, isLeaving };
    candidates.set(key, candidate);
  }
  candidate.isReady ||= isReady;
  candidate.isLeaving ||= isLeaving;
  if (!candidate.addresses.some((address) => address.host === host && address.port === port)) {
    candidate.addresses.push({ kind: "tcp", host, port });
  }
}

/** The zone whose clients are meant to use the server, which topology aware routing may set apart from its own. */
function zoneOf({ zone, hints }: SliceEndpoint, ownZone: string | undefined): string | undefined {
  const meantFor = (hints?.forZones ?? []).map(({ name }) => name);
  if (ownZone !== undefined && meantFor.includes(ownZone)) return ownZone;
  return meantFor[0] ?? zone ?? undefined;
}

function usable(candidates: readonly Candidate[]): Endpoint[] {
  const ready = candidates.filter(({ isReady }) => isReady);
  const chosen = ready.length > 0 ? ready : candidates.filter(({ isLeaving }) => isLeaving);
  return chosen.map(toEndpoint).sort(byFirstAddress);
}

function toEndpoint({ addresses, zone }: Candidate): Endpoint {
  // IPv4 first, whichever slice came first, so that the list changes only when the servers do.
  const sorted = [...addresses].sort((a, b) => compare(familyKey(a.host), familyKey(b.host)));
  return { addresses: sorted, ...(zone === undefined ? {} : { zone }) };
}

const familyKey = (host: string): string => `${host.includes(":") ? 6 : 4} ${host}`;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function byFirstAddress(a: Endpoint, b: Endpoint): number {
  return compare(JSON.stringify(a.addresses[0]), JSON.stringify(b.addresses[0]));
}
