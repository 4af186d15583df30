// Puts a server into etcd under a lease, and keeps the lease alive for as long as the server runs.
import { describeValue, processLog, systemClock, UsageError } from "@trunkline/core";
import {
  keepRegistered,
  type Registrar,
  type Registration,
  type RegistrationSettings,
} from "../watching/registration.js";
import { type EtcdMember, EtcdMembers } from "./etcd-members.js";
import { type EtcdConnection, toAccess } from "./etcd-options.js";
import { encodeKey } from "./key-range.js";
import { formatRecord, parseAddress } from "./server-record.js";

/** Options of `registerInEtcd`. */
export interface EtcdRegistrationOptions
  extends Omit<EtcdConnection, "backoff">,
    RegistrationSettings {
  /** The service: clients find it as `etcd:///<service>`. */
  readonly service: string;
  /** Where clients reach the server: `10.0.0.1:50051`, `[::1]:50051`, `unix:/run/x.sock`. */
  readonly address: string;
  /** Tells the server from others of the service: the key is `<service>/<id>`. Default: the address. */
  readonly id?: string | undefined;
  /** Anything that is JSON, for clients: those of Trunkline read `weight` and `zone` of an object. Default none. */
  readonly metadata?: unknown;
  /** After how long a server that has died vanishes, whole seconds from 1; renewed at a third of it. Default 15. */
  readonly ttlSeconds?: number | undefined;
}

/** A registration in etcd. */
export interface EtcdRegistration extends Registration {
  /** Under which key the server stands. */
  readonly key: string;
}

/**
 * Puts a server into etcd, and keeps it there: under a lease that is renewed, and granted anew when etcd
 * has forgotten it. Resolves when the server can be found.
 *
 * Rejects when no member of etcd can be reached now; later failures are logged, and tried again.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * const { port } = await server.listen({ port: 50051 });
 * const registration = await registerInEtcd({ service: "users", address: `10.0.0.1:${port}` });
 * process.once("SIGTERM", async () => {
 *   await registration.close();
 *   await server.shutdown();
 * });
 */
export async function registerInEtcd(options: EtcdRegistrationOptions): Promise<EtcdRegistration> {
  const registrar = new EtcdRegistrar(options);
  const registration = await keepRegistered(registrar, options);
  return Object.assign(registration, { key: registrar.key });
}

class EtcdRegistrar implements Registrar {
  readonly name: string;
  readonly stepMs: number;
  readonly renewMs: number;
  readonly key: string;
  readonly #members: EtcdMembers;
  readonly #value: Uint8Array;
  readonly #ttl: bigint;
  #lease = 0n;

  constructor(options: EtcdRegistrationOptions) {
    const { service, address, id = address, metadata, ttlSeconds = 15 } = options;
    const access = toAccess(options);
    checkText("service", service);
    checkText("id", id);
    if (typeof address !== "string" || parseAddress(address) === undefined) {
      throw new UsageError(`option address is ${describeValue(address)}; it must be host:port`);
    }
    if (!(Number.isInteger(ttlSeconds) && ttlSeconds >= 1)) {
      throw new UsageError(
        `option ttlSeconds is ${describeValue(ttlSeconds)}; it must be a whole number from 1`,
      );
    }
    this.key = `${service.replace(/^\/+|\/+$/g, "")}/${id}`;
    this.name = `etcd, key "${this.key}"`;
    this.#ttl = BigInt(ttlSeconds);
    this.renewMs = (ttlSeconds * 1000) / 3;
    this.stepMs = 2 * access.endpoints.length * access.requestTimeoutMs;
    this.#value = encodeKey(formatRecord(address, metadata));
    const { clock = systemClock, log = processLog } = options;
    this.#members = new EtcdMembers(access, clock, log);
  }

  async register(signal: AbortSignal): Promise<void> {
    await this.#attempt(signal, async (member) => {
      const options = await member.request(signal);
      const { ID } = await member.lease.leaseGrant({ TTL: this.#ttl }, options);
      await member.kv.put({ key: encodeKey(this.key), value: this.#value, lease: ID }, options);
      this.#lease = ID;
    });
  }

  async renew(signal: AbortSignal): Promise<boolean> {
    return this.#attempt(signal, async (member) => {
      const options = await member.request(signal);
      const call = member.lease.leaseKeepAlive.open(options);
      call.send({ ID: this.#lease }).catch(() => {});
      for await (const { TTL } of call.messages) return TTL > 0n;
      throw new Error("etcd has ended the renewal without an answer");
    });
  }

  async deregister(signal: AbortSignal): Promise<void> {
    await this.#attempt(signal, async (member) => {
      await member.lease.leaseRevoke({ ID: this.#lease }, await member.request(signal));
    });
  }

  close(): void {
    this.#members.close();
  }

  #attempt<T>(signal: AbortSignal, run: (member: EtcdMember) => Promise<T>): Promise<T> {
    return this.#members.attempt(`key "${this.key}"`, signal, run);
  }
}

function checkText(name: string, value: unknown): void {
  if (typeof value === "string" && value.replace(/^\/+|\/+$/g, "") !== "") return;
  throw new UsageError(`option ${name} is ${describeValue(value)}; it must be a text`);
}
