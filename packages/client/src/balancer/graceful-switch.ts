// Changes from one policy to another without a gap: the old one serves until the new one has something to say.
import { traceStep } from "@trunkline/core";
import type { Endpoint } from "../resolver/endpoint.js";
import { ConnectivityState } from "../subchannel/state.js";
import type { BalancerHost } from "./balancer.js";
import { Child } from "./child.js";
import type { ChosenPolicy } from "./choose-policy.js";

/** The policy of a channel, or of a parent that lets its config choose its child. */
export class GracefulSwitch {
  readonly #host: BalancerHost;
  #current: Child | undefined;
  #currentName = "";
  #next: Child | undefined;
  #nextName = "";

  constructor(host: BalancerHost) {
    this.#host = host;
  }

  update(endpoints: readonly Endpoint[], { policy, config }: ChosenPolicy): void {
    const latest = this.#next === undefined ? this.#currentName : this.#nextName;
    if (latest !== policy.name) {
      this.#begin(policy.name, new Child(policy, this.#host, (child) => this.#told(child)));
    }
    (this.#next ?? this.#current)?.update({ endpoints, config });
  }

  exitIdle(): void {
    (this.#next ?? this.#current)?.exitIdle();
  }

  close(): void {
    this.#next?.close();
    this.#current?.close();
  }

  #begin(name: string, child: Child): void {
    this.#trace("policy chosen", { policy: name });
    this.#next?.close();
    this.#next = undefined;
    if (this.#current === undefined) {
      this.#current = child;
      this.#currentName = name;
    } else {
      this.#next = child;
      this.#nextName = name;
    }
  }

  #told(child: Child): void {
    const mayTakeOver =
      child.state !== ConnectivityState.CONNECTING ||
      this.#current?.state !== ConnectivityState.READY;
    if (child === this.#next && mayTakeOver) {
      this.#current?.close();
      this.#current = child;
      this.#currentName = this.#nextName;
      this.#next = undefined;
    }
    if (child === this.#current) {
      this.#trace("new picker", { policy: this.#currentName, state: child.state });
      this.#host.updatePicker(child.state, child.picker);
    }
  }

  #trace(message: string, fields: Readonly<Record<string, string>>): void {
    const { log, target } = this.#host;
    traceStep(log, "balancer", message, { target, ...fields });
  }
}
