// Subchannels that are in use, by address and by everything that their connections depend on: channels that agree in all of it share them.
import type { Address } from "../resolver/address.js";
import type { SubchannelSettings } from "./connector.js";
import { Subchannel } from "./subchannel.js";

/** See the file's first line. */
export class SubchannelPool {
  readonly #subchannels = new Map<string, Subchannel>();

  get size(): number {
    return this.#subchannels.size;
  }

  /**
   * The subchannel for `address`, made if there is none yet. It is to be joined at once, and stays as long
   * as somebody uses it.
   * @param key what its connections depend on besides the address.
   */
  obtain(address: Address, key: string, settings: SubchannelSettings): Subchannel {
    const place = `${formatPlace(address)} ${key}`;
    const known = this.#subchannels.get(place);
    if (known !== undefined) {
      return known;
    }
    const made = new Subchannel(address, settings, () => this.#subchannels.delete(place));
    this.#subchannels.set(place, made);
    return made;
  }
}

/** Every field of an address counts, whatever kinds of addresses there may be. */
function formatPlace(address: Address): string {
  return JSON.stringify(Object.entries(address).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The pool of this process. */
let shared: SubchannelPool | undefined;

/** The pool that channels share unless they are told not to, made when it is first asked for. */
export function sharedSubchannelPool(): SubchannelPool {
  shared ??= new SubchannelPool();
  return shared;
}
