// Decides whether a failed attempt may be repeated without anybody noticing (gRFC A6 "Transparent Retries").

/**
 * How far an attempt came before it failed. `unsent`: it never left this process. `refused`: the server has
 * certainly not acted on it (REFUSED_STREAM, or above the last stream of GOAWAY). `sent`: the server may have
 * acted on it. `local`: it would fail on this side again, however often it is tried.
 */
export type Reach = "unsent" | "refused" | "sent" | "local";

/**
 * What never left may be repeated without end; what was refused once, for that puts load on the wire: a
 * server that refuses twice is overloaded or broken, and then the policy decides.
 * @param wasRefused an earlier attempt of the call was refused, and repeated.
 * @param isReplayable everything that was sent can be sent again.
 */
export function mayRepeat(reach: Reach, wasRefused: boolean, isReplayable: boolean): boolean {
  return isReplayable && (reach === "unsent" || (reach === "refused" && !wasRefused));
}
