// The members of an etcd cluster: a channel to one of them at a time, and the token that its calls carry.
import {
  type CallOptions,
  type Channel,
  type Client,
  Code,
  createChannel,
  createClient,
  Metadata,
  RpcError,
} from "@trunkline/client";
import type { Clock, Log } from "@trunkline/core";
import type { EtcdAccess } from "./etcd-options.js";
import { Auth, KV, Lease, Watch } from "./gen/rpc_pb.js";

/** etcd's servers refuse pings that come more often than each 5 s. */
const keepalive = { keepaliveTimeMs: 15_000, keepaliveTimeoutMs: 5_000 } as const;

/** Channels share their connections: none of them shall wait long because others have failed before. */
const dialBackoff = { initialMs: 200, maxMs: 5_000 } as const;

/** Lists of servers, and events of many of them, in one message: bytes. */
const maxMessageBytes = 64 * 1024 * 1024;

/** One member of the cluster. */
export class EtcdMember {
  readonly endpoint: string;
  readonly kv: Client<typeof KV>;
  readonly watch: Client<typeof Watch>;
  readonly lease: Client<typeof Lease>;
  readonly #auth: Client<typeof Auth>;
  readonly #access: EtcdAccess;
  readonly #channel: Channel;
  #token: Promise<string> | undefined;

  constructor(endpoint: string, access: EtcdAccess, clock: Clock, log: Log) {
    this.endpoint = endpoint;
    this.#access = access;
    const { credentials, connect } = access;
    this.#channel = createChannel(endpoint, {
      credentials,
      connect,
      clock,
      log,
      limits: keepalive,
      backoff: dialBackoff,
      maxReceiveMessageBytes: maxMessageBytes,
      // Dead members are left for the next one, and no watch is worth a process that has nothing else to do.
      keepsProcessAlive: false,
      ignoreResolvedServiceConfig: true,
    });
    this.kv = createClient(KV, this.#channel);
    this.watch = createClient(Watch, this.#channel);
    this.lease = createClient(Lease, this.#channel);
    this.#auth = createClient(Auth, this.#channel);
  }

  /** Options of a unary call. */
  async request(signal: AbortSignal): Promise<CallOptions> {
    return { ...(await this.stream(signal)), timeoutMs: this.#access.requestTimeoutMs };
  }

  /** Options of a call that may take any time. */
  async stream(signal: AbortSignal): Promise<CallOptions> {
    const metadata = new Metadata();
    // A member that has lost the others ends watches and says so, rather than be silent.
    metadata.set("hasleader", "true");
    if (this.#access.user !== undefined) metadata.set("token", await this.#authenticate(signal));
    return { signal, metadata };
  }

  close(): void {
    void this.#channel.close();
  }

  async #authenticate(signal: AbortSignal): Promise<string> {
    const { user = { name: "", password: "" }, requestTimeoutMs } = this.#access;
    this.#token ??= this.#auth
      .authenticate(user, { signal, timeoutMs: requestTimeoutMs })
      .then(({ token }) => token);
    try {
      return await this.#token;
    } catch (error) {
      this.#token = undefined;
      const why = error instanceof Error ? error.message : String(error);
      const code = error instanceof RpcError ? error.code : Code.UNKNOWN;
      throw new RpcError(code, `user "${user.name}" cannot log in: ${why}`, { cause: error });
    }
  }
}

/** All members, of which one is asked until it fails. */
export class EtcdMembers {
  readonly count: number;
  readonly #access: EtcdAccess;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #members = new Map<string, EtcdMember>();
  #index: number;
  #isClosed = false;

  constructor(access: EtcdAccess, clock: Clock, log: Log) {
    this.#access = access;
    this.#clock = clock;
    this.#log = log;
    this.count = access.endpoints.length;
    // Not all clients begin with the same member.
    this.#index = Math.floor(Math.random() * this.count);
  }

  /**
   * Runs something with the member in use, and with the others in turn while it fails.
   * @param what is being done, for the error: `keys "users/"`.
   */
  async attempt<T>(
    what: string,
    signal: AbortSignal,
    run: (member: EtcdMember) => Promise<T>,
  ): Promise<T> {
    const failures: string[] = [];
    let cause: unknown;
    let mayLogInAgain = this.#access.user !== undefined;
    for (let left = this.count; left > 0; left--) {
      const member = this.#current();
      try {
        return await run(member);
      } catch (error) {
        cause = error;
        if (signal.aborted) break;
        const isExpired = mayLogInAgain && hasExpired(error);
        if (isExpired) {
          mayLogInAgain = false;
          left += 1;
        } else {
          failures.push(withEndpoint(member.endpoint, error));
        }
        this.#leave(member, isExpired);
      }
    }
    const why = signal.aborted ? String(signal.reason?.message ?? signal.reason) : "";
    throw new Error(`etcd, ${what}: ${failures.join("; ") || why}`, { cause });
  }

  close(): void {
    this.#isClosed = true;
    for (const member of this.#members.values()) member.close();
    this.#members.clear();
  }

  #current(): EtcdMember {
    if (this.#isClosed) throw new Error("the connection to etcd was closed");
    // The index is always below the count, which is not 0.
    const endpoint = this.#access.endpoints[this.#index] ?? "";
    let member = this.#members.get(endpoint);
    if (member === undefined) {
      member = new EtcdMember(endpoint, this.#access, this.#clock, this.#log);
      this.#members.set(endpoint, member);
    }
    return member;
  }

  /** Its channel goes as well, and with it the token, which may have expired. */
  #leave(member: EtcdMember, comesBack: boolean): void {
    member.close();
    this.#members.delete(member.endpoint);
    if (!comesBack) this.#index = (this.#index + 1) % this.count;
  }
}

/** Some errors begin with it already. */
function withEndpoint(endpoint: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.startsWith(`${endpoint}:`) ? text : `${endpoint}: ${text}`;
}

/** Tokens are good for minutes, and do not survive a restart of etcd. */
function hasExpired(error: unknown): boolean {
  return error instanceof RpcError && error.code === Code.UNAUTHENTICATED;
}
