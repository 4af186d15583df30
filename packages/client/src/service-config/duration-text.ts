// Durations as protobuf's JSON writes them.

/** Seconds with up to nine decimals and an `s` behind: `"1.5s"`. */
export type DurationText = `${number}s`;
