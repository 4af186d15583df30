// One service in etcd: reads the keys below its prefix, then watches what changes from that revision on.
import type { Endpoint } from "@trunkline/client";
import { Limited } from "../watching/time-limit.js";
import type { WatchSession, WatchSource } from "../watching/watching-resolver.js";
import { type EtcdMember, EtcdMembers } from "./etcd-members.js";
import type { EtcdAccess } from "./etcd-options.js";
import { type Event, Event_EventType, type KeyValue } from "./gen/kv_pb.js";
import type { ResponseHeader, WatchResponse } from "./gen/rpc_pb.js";
import { decodeText, encodeKey, endOfPrefix } from "./key-range.js";
import { parseRecord, type ServerRecord } from "./server-record.js";

/** What is known of a service after a revision of etcd's store. */
interface Snapshot {
  readonly endpoints: Map<string, Endpoint>;
  /** Of the store that was read. */
  readonly header: ResponseHeader | undefined;
  revision: bigint;
}

/** Makes an endpoint of what stands in etcd; undefined: the server is not for this channel. */
export type ToEndpoint = (record: ServerRecord, key: string) => Endpoint | undefined;

/** See the file's first line. */
export class EtcdSource implements WatchSource {
  readonly name: string;
  readonly #access: EtcdAccess;
  readonly #toEndpoint: ToEndpoint;
  readonly #key: Uint8Array;
  readonly #rangeEnd: Uint8Array;
  #members: EtcdMembers | undefined;
  #snapshot: Snapshot | undefined;

  constructor(prefix: string, access: EtcdAccess, convert: ToEndpoint) {
    this.name = `etcd, keys "${prefix}"`;
    this.#access = access;
    this.#toEndpoint = convert;
    this.#key = encodeKey(prefix);
    this.#rangeEnd = endOfPrefix(this.#key);
  }

  async run(session: WatchSession, anew: boolean): Promise<void> {
    const what = this.name.slice("etcd, ".length);
    if (anew) this.#snapshot = undefined;
    this.#members ??= new EtcdMembers(this.#access, session.clock, session.log);
    await this.#members.attempt(what, session.signal, (member) => this.#follow(member, session));
  }

  close(): void {
    this.#members?.close();
  }

  async #follow(member: EtcdMember, session: WatchSession): Promise<never> {
    for (;;) {
      this.#snapshot ??= await this.#read(member, session);
      const isStale = await this.#watch(member, this.#snapshot, session);
      if (!isStale) throw new Error("etcd has ended the watch");
      this.#snapshot = undefined;
    }
  }

  async #read(member: EtcdMember, session: WatchSession): Promise<Snapshot> {
    const options = await member.request(session.signal);
    const { kvs, header } = await member.kv.range(
      { key: this.#key, rangeEnd: this.#rangeEnd },
      options,
    );
    const snapshot: Snapshot = { endpoints: new Map(), header, revision: header?.revision ?? 0n };
    for (const kv of kvs) this.#put(snapshot, kv, session);
    tell(snapshot, session);
    return snapshot;
  }

  /** Resolves when the watch has ended: true when all must be read again. */
  async #watch(member: EtcdMember, snapshot: Snapshot, session: WatchSession): Promise<boolean> {
    const limit = new Limited({ ...session, limitMs: this.#access.requestTimeoutMs });
    try {
      const call = member.watch.watch.open(await member.stream(limit.signal));
      call.send({ requestUnion: this.#creation(snapshot) }).catch(() => {});
      for await (const response of call.messages) {
        limit.lift();
        if (this.#isStale(response, snapshot)) return true;
        this.#accept(response, snapshot, session);
      }
      return false;
    } catch (error) {
      throw limit.signal.aborted ? limit.signal.reason : error;
    } finally {
      limit.end();
    }
  }

  #creation(snapshot: Snapshot) {
    return {
      case: "createRequest",
      value: {
        key: this.#key,
        rangeEnd: this.#rangeEnd,
        startRevision: snapshot.revision + 1n,
        progressNotify: true,
        fragment: true,
      },
    } as const;
  }

  /** The revisions that follow are gone (compaction), or the store is another one than the one that was read. */
  #isStale(response: WatchResponse, snapshot: Snapshot): boolean {
    if (response.compactRevision > 0n) return true;
    const { created, header } = response;
    if (!created || header === undefined) return false;
    const { clusterId = 0n, raftTerm = 0n } = snapshot.header ?? {};
    const isOther = header.clusterId !== clusterId || header.raftTerm < raftTerm;
    return isOther || header.revision < snapshot.revision;
  }

  #accept(response: WatchResponse, snapshot: Snapshot, session: WatchSession): void {
    if (response.canceled)
      throw new Error(`etcd has cancelled the watch: ${response.cancelReason}`);
    for (const event of response.events) this.#apply(event, snapshot, session);
    // Of a message in parts only the last one says up to where all is known.
    if (response.fragment) return;
    const revision = lastRevision(response);
    if (revision > snapshot.revision) snapshot.revision = revision;
    response.events.length > 0 ? tell(snapshot, session) : session.confirmed();
  }

  #apply({ type, kv }: Event, snapshot: Snapshot, session: WatchSession): void {
    if (kv === undefined) return;
    type === Event_EventType.Delete
      ? snapshot.endpoints.delete(decodeText(kv.key))
      : this.#put(snapshot, kv, session);
  }

  #put(snapshot: Snapshot, { key, value }: KeyValue, { log }: WatchSession): void {
    const name = decodeText(key);
    try {
      const endpoint = this.#toEndpoint(parseRecord(decodeText(value)), name);
      endpoint === undefined
        ? snapshot.endpoints.delete(name)
        : snapshot.endpoints.set(name, endpoint);
    } catch (error) {
      snapshot.endpoints.delete(name);
      const why = error instanceof Error ? error.message : String(error);
      log.warn("a server in etcd cannot be read and is left out", { key: name, error: why });
    }
  }
}

/** Up to where all is known: the head of a message with events may be ahead of events that are still to come. */
function lastRevision({ created, events, header }: WatchResponse): bigint {
  const last = events.at(-1);
  if (last !== undefined) return last.kv?.modRevision ?? 0n;
  return created ? 0n : (header?.revision ?? 0n);
}

/** In the order of their keys, so that the list changes only when they do. */
function tell({ endpoints }: Snapshot, session: WatchSession): void {
  const keys = [...endpoints.keys()].sort();
  session.found(keys.map((key) => endpoints.get(key) as Endpoint));
}
