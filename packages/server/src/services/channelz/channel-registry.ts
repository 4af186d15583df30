// The channels that an application has asked to be told of; they are held weakly, and those that are closed are let go of.
import { type DescribedChannel, type DescribedSubchannel, entityId } from "@trunkline/core";

/** See the file's first line. */
export class ChannelRegistry {
  readonly #channels = new Map<number, WeakRef<DescribedChannel>>();

  /** Makes a channel known. */
  add(channel: DescribedChannel): void {
    this.#sweep();
    this.#channels.set(entityId(channel), new WeakRef(channel));
  }

  /** All channels that are there and not closed, with their numbers. */
  list(): { id: number; channel: DescribedChannel }[] {
    this.#sweep();
    return [...this.#channels].flatMap(([id, reference]) => {
      const channel = reference.deref();
      return channel === undefined ? [] : [{ id, channel }];
    });
  }

  /** The addresses of all channels, with their numbers. */
  listSubchannels(): { id: number; subchannel: DescribedSubchannel }[] {
    return this.list().flatMap(({ channel }) =>
      (channel.subchannels?.() ?? []).map((subchannel) => ({
        id: entityId(subchannel),
        subchannel,
      })),
    );
  }

  #sweep(): void {
    for (const [id, reference] of this.#channels) {
      const channel = reference.deref();
      if (channel === undefined || channel.state === "SHUTDOWN") this.#channels.delete(id);
    }
  }
}
