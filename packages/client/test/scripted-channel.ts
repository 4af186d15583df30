// A channel whose connections, calls and clock move when the test says so: nothing of it touches a socket.
import { create } from "@bufbuild/protobuf";
import { CompressionPlan, type ConnectionInfo, type RpcError, silentLog } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { ChannelHandle } from "../src/channel/channel-handle.js";
import { type ChannelSettings, toChannelLimits } from "../src/channel/channel-options.js";
import { type Client, createClient } from "../src/client.js";
import { AttachedCredentials } from "../src/credentials/attach-credentials.js";
import { createManualResolver, type ManualResolver } from "../src/resolver/manual.js";
import type { Connector } from "../src/subchannel/connector.js";
import { SubchannelPool } from "../src/subchannel/subchannel-pool.js";
import type { AttemptReceiver, Transport, TransportListener } from "../src/transport/transport.js";
import { TestService, UnaryResponseSchema } from "./gen/trunkline/test/v1/test_service_pb.js";

/** One attempt to connect. */
export interface ScriptedAttempt {
  readonly signal: AbortSignal;
  isOver: boolean;
  succeed(): ScriptedTransport;
  fail(): void;
}

/** A connection that allows so many calls. */
export class ScriptedTransport implements Transport {
  readonly peer = "peer";
  readonly ended: Promise<void>;
  isOpen = true;
  isClosed = false;
  maxConcurrentCalls: number;
  readonly calls = new Set<AttemptReceiver>();
  readonly #listener: TransportListener;
  #resolveEnded: () => void = () => {};

  constructor(listener: TransportListener, maxConcurrentCalls: number) {
    this.#listener = listener;
    this.maxConcurrentCalls = maxConcurrentCalls;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  start(receiver: AttemptReceiver): boolean {
    if (!this.isOpen || this.calls.size >= this.maxConcurrentCalls) return false;
    this.calls.add(receiver);
    receiver.attached({
      peer: this.peer,
      send: () => true,
      closeSend: () => {},
      cancel: () => this.#end(receiver),
      readMetadata: () => {
        throw new Error("nobody asks");
      },
      consumed: () => {},
    });
    return true;
  }

  describe(): ConnectionInfo {
    return { address: this.peer, activeCalls: this.calls.size } as ConnectionInfo;
  }

  hasCallsOf(owner: object): boolean {
    return [...this.calls].some((call) => call.owner === owner);
  }

  cancelCalls(owner: object, reason: RpcError): void {
    for (const call of [...this.calls].filter((one) => one.owner === owner)) {
      this.#end(call);
      call.failed(reason, "local", undefined);
    }
  }

  drain(): void {
    this.isOpen = false;
    this.#closeIfDrained();
  }

  close(reason: RpcError): void {
    this.lose(reason);
  }

  // --- what the server does

  finish(call: AttemptReceiver): void {
    this.#end(call);
    call.messageReceived(create(UnaryResponseSchema, { text: "hello" }), 5);
    call.succeeded([]);
  }

  sendGoaway(): void {
    if (this.isOpen) {
      this.isOpen = false;
      this.#listener.draining("GOAWAY");
      this.#closeIfDrained();
    }
  }

  lose(reason: Error): void {
    if (this.isClosed) return;
    this.isOpen = false;
    this.isClosed = true;
    const calls = [...this.calls];
    this.calls.clear();
    for (const call of calls) {
      call.failed(reason as RpcError, "sent", undefined);
    }
    this.#listener.closed(reason);
    this.#resolveEnded();
  }

  #end(call: AttemptReceiver): void {
    if (this.calls.delete(call)) {
      if (this.isOpen) this.#listener.streamsAvailable();
      this.#closeIfDrained();
    }
  }

  #closeIfDrained(): void {
    if (!this.isOpen && !this.isClosed && this.calls.size === 0) {
      this.isClosed = true;
      this.#listener.closed(new Error("drained"));
      this.#resolveEnded();
    }
  }
}

/** See the file's first line. */
export class ScriptedChannel {
  readonly clock: FakeClock = new FakeClock(1_000_000);
  readonly pool: SubchannelPool;
  readonly attempts: ScriptedAttempt[] = [];
  readonly transports: ScriptedTransport[] = [];
  readonly resolver: ManualResolver = createManualResolver();
  readonly channel: ChannelHandle;
  readonly client: Client<typeof TestService>;
  /** Whether attempts succeed by themselves. */
  isHealed = false;
  maxConcurrentCalls = 2;

  constructor(settings: ChannelSettings = {}, pool: SubchannelPool = new SubchannelPool()) {
    this.pool = pool;
    const limits = toChannelLimits(settings);
    const { clock } = this;
    const { connectTimeoutMs } = limits;
    this.channel = new ChannelHandle({
      target: { text: "manual:users", scheme: "manual", authority: "", endpoint: "users" } as never,
      resolver: this.resolver,
      settings,
      limits,
      compression: new CompressionPlan([], undefined),
      credentials: new AttachedCredentials(settings, { authority: "users", isEncrypted: true }),
      log: silentLog,
      clock,
      source: {
        pool,
        key: "",
        settings: { clock, connector: this.#connect, connectTimeoutMs, backoff: settings.backoff },
      },
    });
    this.client = createClient(TestService, this.channel);
  }

  /** The server is at these hosts now. */
  resolve(...hosts: string[]): void {
    const endpoints = hosts.map((host) => ({
      addresses: [{ kind: "tcp", host, port: 1 } as const],
    }));
    this.resolver.update({ endpoints });
  }

  get open(): readonly ScriptedTransport[] {
    return this.transports.filter((transport) => transport.isOpen);
  }

  get pendingAttempts(): readonly ScriptedAttempt[] {
    return this.attempts.filter((attempt) => !attempt.isOver);
  }

  readonly #connect: Connector = (_address, listener, signal) =>
    new Promise((resolve, reject) => {
      const attempt: ScriptedAttempt = {
        signal,
        isOver: false,
        succeed: () => {
          attempt.isOver = true;
          const transport = new ScriptedTransport(listener, this.maxConcurrentCalls);
          this.transports.push(transport);
          resolve(transport);
          return transport;
        },
        fail: () => {
          attempt.isOver = true;
          reject(new Error("connect ECONNREFUSED"));
        },
      };
      signal.addEventListener("abort", () => {
        attempt.isOver = true;
        reject(signal.reason);
      });
      this.attempts.push(attempt);
      if (this.isHealed) attempt.succeed();
    });
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await Promise.resolve();
  }
}
