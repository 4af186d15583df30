// Who may use a service that tells of the inside of a server: nobody, everybody, or whom the application lets in.
import { Code, describeValue, methodPath, RpcError, UsageError } from "@trunkline/core";
import type { ServerCall } from "../dispatch/server-call.js";

/**
 * Who may use a service. `true`: whoever reaches the server. `false`: nobody; the service is not even added.
 * `"development"`: everybody, unless the environment variable `NODE_ENV` is `production` when the service would be
 * added; then it is not. A function: whom it says yes to, asked for each call; the others get PERMISSION_DENIED, and
 * an `RpcError` that it throws is their answer.
 */
export type Access = boolean | "development" | ((call: ServerCall) => boolean | Promise<boolean>);

/** Lets a call pass, or throws. */
export type Guard = (call: ServerCall) => Promise<void>;

/**
 * Whom an option lets in.
 * @returns undefined: nobody, leave the service out.
 * @throws {UsageError} when it is none of what `Access` may be.
 */
export function readAccess(access: Access = true): Guard | undefined {
  const isProduction = globalThis.process?.env.NODE_ENV === "production";
  if (access === false || (access === "development" && isProduction)) return undefined;
  if (access === true || access === "development") return async () => {};
  if (typeof access === "function") return (call) => ask(access, call);
  throw new UsageError(
    `option allow is ${describeValue(access)}; it must be true, false, "development" or a function`,
  );
}

async function ask(
  allows: (call: ServerCall) => boolean | Promise<boolean>,
  call: ServerCall,
): Promise<void> {
  // Nothing but true is a yes: a check that forgets to answer lets nobody in.
  if ((await allows(call)) === true) return;
  const message = `${methodPath(call.method)} is not open to this client`;
  throw new RpcError(Code.PERMISSION_DENIED, message);
}
