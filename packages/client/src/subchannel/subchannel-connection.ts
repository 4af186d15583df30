// One connection of a subchannel from its first byte to its last, and the channels that want to know of it.
import { type Address, formatAddress } from "../resolver/address.js";
import type { Transport, TransportListener } from "../transport/transport.js";

/** A channel, as far as connections concern it. */
export interface ConnectionFollower {
  /** What the attempts of its calls name as their owner. */
  readonly owner: object;
  /** A connection that its calls may run on. */
  connectionOpened(connection: SubchannelConnection): void;
  /** It is closed. */
  connectionClosed(connection: SubchannelConnection): void;
}

/** The subchannel, as its connections see it. */
export interface ConnectionOwner {
  readonly address: Address;
  isUsedByOthersThan(follower: ConnectionFollower): boolean;
  /** Streams have become free. */
  streamsFreed(): void;
  /** The connection takes no more calls, or is gone. */
  lost(connection: SubchannelConnection, reason: Error): void;
}

/** See the file's first line. */
export class SubchannelConnection implements TransportListener {
  readonly followers: Set<ConnectionFollower> = new Set();
  readonly #subchannel: ConnectionOwner;
  #transport: Transport | undefined;

  constructor(subchannel: ConnectionOwner) {
    this.#subchannel = subchannel;
  }

  /** @throws {TypeError} before `bind`. */
  get transport(): Transport {
    if (this.#transport === undefined) {
      throw new TypeError(`no connection to ${formatAddress(this.#subchannel.address)} yet`);
    }
    return this.#transport;
  }

  /** Whether others than this channel may have calls on it, now or later. */
  isSharedBy(follower: ConnectionFollower): boolean {
    for (const other of this.followers) {
      if (other !== follower) {
        return true;
      }
    }
    return this.#subchannel.isUsedByOthersThan(follower);
  }

  /** Handshake and SETTINGS are done. */
  bind(transport: Transport): void {
    this.#transport = transport;
  }

  follow(follower: ConnectionFollower): void {
    if (!this.followers.has(follower)) {
      this.followers.add(follower);
      follower.connectionOpened(this);
    }
  }

  /** The channel has no further use for it; calls that are under way are seen to their end. */
  unfollow(follower: ConnectionFollower): void {
    if (!this.transport.hasCallsOf(follower.owner)) {
      this.followers.delete(follower);
      follower.connectionClosed(this);
    }
  }

  streamsAvailable(): void {
    this.#subchannel.streamsFreed();
  }

  draining(reason: string): void {
    if (this.#transport !== undefined) {
      this.#subchannel.lost(this, new Error(reason));
    }
  }

  closed(reason: Error): void {
    if (this.#transport === undefined) {
      return;
    }
    this.#subchannel.lost(this, reason);
    const followers = [...this.followers];
    this.followers.clear();
    for (const follower of followers) {
      follower.connectionClosed(this);
    }
  }
}
