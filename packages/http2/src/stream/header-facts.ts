// What RFC 9113 s8 has to say about one header list, worked out once per list and kept on it.

/** The verdict on a header list in each of its possible roles; `undefined` is "no fault". */
export class HeaderFacts {
  /** Why the list cannot be a request head. */
  readonly requestFault: string | undefined;
  /** Why the list cannot be a response head. */
  readonly responseFault: string | undefined;
  /** Why the list cannot be trailers. */
  readonly trailersFault: string | undefined;
  /** The value of content-length; -1 when there is none. */
  readonly contentLength: number;
  /** The value of :status; 0 when there is none. */
  readonly status: number;

  constructor(
    faults: readonly [string | undefined, string | undefined, string | undefined],
    contentLength: number,
    status: number,
  ) {
    this.requestFault = faults[0];
    this.responseFault = faults[1];
    this.trailersFault = faults[2];
    this.contentLength = contentLength;
    this.status = status;
  }
}
