// Tells a database that cannot be reached from a statement that failed.
import { Code, RpcError } from "@trunkline/core";

/** UNAVAILABLE: there is no connection, for whatever reason. */
export function unavailable(cause: unknown): RpcError {
  return new RpcError(Code.UNAVAILABLE, "the database cannot be reached", { cause });
}

/**
 * UNAVAILABLE when `error` says that the connection could not be made or broke; else `error` itself.
 * Clients may then try again: nobody knows whether the statement took effect.
 */
export function toUnavailable(error: unknown): unknown {
  return isConnectionFailure(error) ? unavailable(error) : error;
}

// Class 08 and 57P0x of PostgreSQL's appendix A, or an error of the socket. `pg` gives no code to its
// own complaints about a connection.
const connectionCodes = /^(08|57P0|E[A-Z]+$)/;
const driverMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has)/;

function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isConnectionFailure);
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? connectionCodes.test(code) : driverMessages.test(error.message);
}
