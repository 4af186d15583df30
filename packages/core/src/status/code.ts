// The seventeen gRPC status codes and their names.

/**
 * gRPC status codes with their wire numbers (gRPC's statuscodes document). Spelled as in every other
 * gRPC language: `Code.NOT_FOUND`.
 */
export const Code = {
  /** The call succeeded. */
  OK: 0,
  /** The call was cancelled, typically by the caller. */
  CANCELLED: 1,
  /** Something failed of which nothing more precise is known. */
  UNKNOWN: 2,
  /** The request is wrong whatever the state of the system. */
  INVALID_ARGUMENT: 3,
  /** The deadline passed before the call finished; it may still have had its effect. */
  DEADLINE_EXCEEDED: 4,
  /** What was asked for does not exist. */
  NOT_FOUND: 5,
  /** What was to be created exists already. */
  ALREADY_EXISTS: 6,
  /** The caller is known, but may not do this. */
  PERMISSION_DENIED: 7,
  /** A quota, a limit or a resource is used up. */
  RESOURCE_EXHAUSTED: 8,
  /** The system is not in the state that the call needs; a retry alone does not help. */
  FAILED_PRECONDITION: 9,
  /** The call was aborted, for instance by a conflict; retry on a higher level. */
  ABORTED: 10,
  /** The call reached past the valid range. */
  OUT_OF_RANGE: 11,
  /** The method does not exist or is not supported here. */
  UNIMPLEMENTED: 12,
  /** An invariant of the system is broken. */
  INTERNAL: 13,
  /** The service cannot be reached at the moment; a retry with backoff may help. */
  UNAVAILABLE: 14,
  /** Data is lost or damaged beyond repair. */
  DATA_LOSS: 15,
  /** The caller has no valid credentials. */
  UNAUTHENTICATED: 16,
} as const;

/** One of the seventeen gRPC status codes, as a number from 0 to 16. */
export type Code = (typeof Code)[keyof typeof Code];

const names: readonly string[] = Object.keys(Code);

/** The name of a status code as gRPC spells it, `"NOT_FOUND"`; `"CODE_99"` for a number that is none. */
export function codeName(code: number): string {
  return names[code] ?? `CODE_${code}`;
}

/** Whether `value` is the number of a status code: an integer from 0 to 16. */
export function isCode(value: unknown): value is Code {
  return typeof value === "number" && names[value] !== undefined;
}
