// The ring of ring_hash: each endpoint at as many places as its weight asks for (gRFC A42).
import { formatAddress } from "../../resolver/address.js";
import type { Endpoint } from "../../resolver/endpoint.js";
import { xxHash64 } from "./xxhash64.js";

/** Limits of a ring's size. */
export interface RingSize {
  readonly minRingSize: number;
  readonly maxRingSize: number;
}

/** See the file's first line. */
export class HashRing<T> {
  /** The halves of each place's hash: comparing BigInts would cost more than all the rest of a pick. */
  readonly #highs: Uint32Array;
  readonly #lows: Uint32Array;
  readonly #members: readonly T[];

  constructor(endpoints: readonly { endpoint: Endpoint; member: T }[], size: RingSize) {
    const places = createPlaces(endpoints, size);
    places.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0));
    this.#highs = Uint32Array.from(places, ({ hash }) => Number(hash >> 32n));
    this.#lows = Uint32Array.from(places, ({ hash }) => Number(hash & 0xffff_ffffn));
    this.#members = places.map((place) => place.member);
  }

  get size(): number {
    return this.#members.length;
  }

  /** The member at a place; places go round. */
  at(index: number): T {
    return this.#members[index % this.#members.length] as T;
  }

  /** The first place at or after a hash, given in its halves; beyond the last one, the first. */
  find(high: number, low: number): number {
    let from = 0;
    let to = this.#highs.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#isBefore(middle, high, low)) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from === this.#highs.length ? 0 : from;
  }

  #isBefore(place: number, high: number, low: number): boolean {
    const placeHigh = this.#highs[place] as number;
    return placeHigh < high || (placeHigh === high && (this.#lows[place] as number) < low);
  }
}

function createPlaces<T>(
  endpoints: readonly { endpoint: Endpoint; member: T }[],
  { minRingSize, maxRingSize }: RingSize,
): { hash: bigint; member: T }[] {
  const weights = endpoints.map(({ endpoint }) => endpoint.weight ?? 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const least = Math.min(...weights) / total;
  // Large enough for the lightest endpoint to have whole places, within the limits.
  const scale = Math.min(Math.ceil(least * minRingSize) / least, maxRingSize);
  const places: { hash: bigint; member: T }[] = [];
  let target = 0;
  endpoints.forEach(({ endpoint, member }, e) => {
    target += (scale * (weights[e] ?? 1)) / total;
    const key = hashKeyOf(endpoint);
    for (let i = 0; places.length < target; i++) {
      places.push({ hash: xxHash64(`${key}_${i}`), member });
    }
  });
  return places;
}

function hashKeyOf(endpoint: Endpoint): string {
  const [first] = endpoint.addresses;
  return endpoint.hashKey || (first === undefined ? "" : formatAddress(first));
}
