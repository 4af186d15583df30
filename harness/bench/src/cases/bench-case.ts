// What a case of the benchmark is made of.

import type { Entrant } from "../run/measurement.js";
import type { Peer, RunTime } from "../run/peers.js";

export interface BenchContext {
  readonly ours: Peer;
  readonly rivals: readonly Peer[];
  readonly time: RunTime;
  /** PEM files for the cases over TLS. */
  readonly tls: { readonly keyFile: string; readonly certFile: string };
  /** A file with one enveloped GetUserRequest. */
  readonly bodyFile: string;
}

export interface BenchCase {
  readonly name: string;
  /** For people: what is measured. */
  readonly title: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  /** It compares us with ourselves: not for the README's table. */
  readonly isInternal?: boolean;
  /** Ours first, then each rival that can take part. */
  entrants(context: BenchContext): Entrant[];
  /** What no implementation in JavaScript can beat, where such a thing exists. */
  floor?(context: BenchContext): Entrant;
}
