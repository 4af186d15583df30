// pick_first against scripted subchannels: order, stickiness, failure texts, new addresses.
import { silentLog } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { type Address, formatAddress } from "../resolver/address.js";
import { toEndpoints } from "../resolver/endpoint.js";
import { ConnectivityState } from "../subchannel/state.js";
import { FakeClock } from "../testing/fake-clock.js";
import type {
  BalancedSubchannel,
  BalancerHost,
  BalancerInput,
  Pick,
  PickedCall,
  Picker,
} from "./balancer.js";
import { pickFirst } from "./pick-first.js";

const anyCall = {} as PickedCall;

class FakeSubchannel implements BalancedSubchannel {
  readonly address: Address;
  state: ConnectivityState = ConnectivityState.IDLE;
  lastError: Error | undefined;
  retryAtMs: number | undefined;
  readonly maxConcurrentCalls = 100;
  readonly #changed: () => void;

  constructor(address: Address, changed: () => void) {
    this.address = address;
    this.#changed = changed;
  }

  connect(): void {
    if (this.state === ConnectivityState.IDLE) {
      this.enter(ConnectivityState.CONNECTING);
    }
  }

  start(): boolean {
    return true;
  }

  release(): void {
    this.enter(ConnectivityState.SHUTDOWN);
  }

  enter(state: ConnectivityState, error?: string): void {
    this.state = state;
    this.lastError = error === undefined ? this.lastError : new Error(error);
    this.retryAtMs = state === ConnectivityState.TRANSIENT_FAILURE ? 1500 : undefined;
    this.#changed();
  }
}

class Bench implements BalancerHost {
  readonly target = "dns:///users";
  readonly clock = new FakeClock(1000);
  readonly log = silentLog;
  readonly made: FakeSubchannel[] = [];
  readonly balancer = pickFirst.create(this);
  state: ConnectivityState = ConnectivityState.IDLE;
  resolutions = 0;
  #picker: Picker | undefined;

  random(): number {
    return 0.5;
  }

  createSubchannel(address: Address, changed: () => void): FakeSubchannel {
    const subchannel = new FakeSubchannel(address, changed);
    this.made.push(subchannel);
    return subchannel;
  }

  updatePicker(state: ConnectivityState, picker: Picker): void {
    this.state = state;
    this.#picker = picker;
  }

  requestResolution(): void {
    this.resolutions++;
  }

  pick(): Pick {
    return this.#picker!.pick(anyCall);
  }

  /** State of each live subchannel by its host. */
  get live(): string[] {
    return this.made
      .filter((made) => made.state !== "SHUTDOWN")
      .map((made) => `${formatAddress(made.address)} ${made.state}`);
  }
}

const at = (...hosts: string[]): BalancerInput<undefined> => ({
  endpoints: toEndpoints(hosts.map((host) => ({ kind: "tcp", host, port: 1 }))),
  config: undefined,
});

describe("pick_first", () => {
  it("stays IDLE until the first pick", () => {
    const bench = new Bench();
    bench.balancer.update(at("a", "b"));
    expect([bench.state, bench.made.length]).toEqual(["IDLE", 0]);
    expect(bench.pick().kind).toBe("wait");
    expect(bench.live).toEqual(["a:1 CONNECTING", "b:1 IDLE"]);
    expect(bench.pick()).toEqual({ kind: "wait", why: "a connection to a:1" });
  });

  it("tries the addresses in order, and releases the others once one is READY", () => {
    const bench = new Bench();
    bench.balancer.update(at("a", "b", "c"));
    bench.pick();
    bench.made[0]!.enter("TRANSIENT_FAILURE", "refused");
    expect(bench.live).toEqual(["a:1 TRANSIENT_FAILURE", "b:1 CONNECTING", "c:1 IDLE"]);
    expect(bench.state).toBe("CONNECTING");
    bench.made[1]!.enter("READY");
    expect(bench.live).toEqual(["b:1 READY"]);
    expect(bench.pick()).toEqual({ kind: "use", subchannel: bench.made[1] });
    expect(bench.pick()).toBe(bench.pick());
  });

  it("fails calls once all have failed, says why, and keeps trying by itself", () => {
    const bench = new Bench();
    bench.balancer.update(at("a", "b"));
    bench.pick();
    bench.made[0]!.enter("TRANSIENT_FAILURE", "connect ECONNREFUSED a:1");
    bench.made[1]!.enter("TRANSIENT_FAILURE", "connect ETIMEDOUT b:1");
    expect([bench.state, bench.resolutions]).toEqual(["TRANSIENT_FAILURE", 1]);
    const pick = bench.pick();
    expect(pick.kind === "fail" && pick.error.message).toBe(
      'no connection to "dns:///users": TRANSIENT_FAILURE for 0.00 s, a:1: connect ECONNREFUSED a:1; b:1: connect ETIMEDOUT b:1; next attempt in 0.50 s',
    );
    bench.made[0]!.enter("IDLE");
    expect(bench.made[0]!.state).toBe("CONNECTING");
    expect(bench.pick().kind).toBe("fail");
    bench.made[0]!.enter("READY");
    expect(bench.pick().kind).toBe("use");
  });

  it("is IDLE after the loss of the connection, asks for addresses, and connects with the next pick", () => {
    const bench = new Bench();
    bench.balancer.update(at("a"));
    bench.pick();
    bench.made[0]!.enter("READY");
    bench.made[0]!.enter("IDLE");
    expect([bench.state, bench.resolutions]).toEqual(["IDLE", 1]);
    bench.pick();
    expect(bench.live).toEqual(["a:1 CONNECTING"]);
  });

  it("keeps its connection as long as its address is listed", () => {
    const bench = new Bench();
    bench.balancer.update(at("a", "b"));
    bench.pick();
    bench.made[0]!.enter("READY");
    bench.balancer.update(at("c", "a"));
    expect(bench.live).toEqual(["a:1 READY"]);
    bench.balancer.update(at("c"));
    expect(bench.live).toEqual(["c:1 CONNECTING"]);
  });

  it("does not begin anew when the same addresses come in another order", () => {
    const bench = new Bench();
    bench.balancer.update(at("a", "b"));
    bench.pick();
    bench.balancer.update(at("b", "a"));
    expect(bench.live).toEqual(["a:1 CONNECTING", "b:1 IDLE"]);
  });

  it("tries new addresses at once while it fails", () => {
    const bench = new Bench();
    bench.balancer.update(at("a"));
    bench.pick();
    bench.made[0]!.enter("TRANSIENT_FAILURE", "refused");
    bench.balancer.update(at("d"));
    expect(bench.live).toEqual(["d:1 CONNECTING"]);
  });

  it("is silent once closed", () => {
    const bench = new Bench();
    bench.balancer.update(at("a"));
    bench.pick();
    bench.balancer.close();
    expect(bench.live).toEqual([]);
    bench.balancer.exitIdle();
    expect(bench.live).toEqual([]);
  });
});
