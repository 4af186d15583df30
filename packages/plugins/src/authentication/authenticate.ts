// The interceptor that lets no call pass before it is known who makes it.
import type { DescMethod } from "@bufbuild/protobuf";
import {
  type Call,
  Code,
  guard,
  type Interceptor,
  type MethodChoice,
  MethodSet,
  type Principal,
  perMethod,
  principal,
  RpcError,
} from "@trunkline/core";
import type { ServerCall } from "@trunkline/server";
import type { Authenticator } from "./authenticator.js";
import { checkAuthenticators } from "./combine.js";

/** Options of `authenticate`. */
export interface AuthenticateOptions {
  /**
   * Services and methods that anybody may call: descriptors, `/package.Service/Method` or `/package.Service/*`. Their
   * calls are not looked at, and have no principal. Or a function that says it of a method, asked once for each: `isPublic` of
   * `authorizeByContract`. Default: none, health and reflection included.
   */
  readonly publicMethods?: readonly MethodChoice[] | ((method: DescMethod) => boolean) | undefined;
}

/**
 * Protects a server: every call of every kind, to every service that it has or gets, needs credentials that
 * `authenticator` believes, unless its method is named in `publicMethods`. The principal is in the call's context.
 * Without credentials, or with bad ones, calls fail with UNAUTHENTICATED before their handler runs. Credentials are
 * looked at when a call begins: a stream goes on when they expire meanwhile.
 * @throws {UsageError} when there is no authenticator, or a public method is no path.
 * @example
 * createServer({ interceptors: [authenticate(jwt, { publicMethods: ["/grpc.health.v1.Health/*"] })] });
 */
export function authenticate(
  authenticator: Authenticator,
  options: AuthenticateOptions = {},
): Interceptor {
  checkAuthenticators("authenticate", [authenticator]);
  const isPublic = toPublic(options.publicMethods ?? []);
  const admit = (call: Call, found: Principal | undefined): void => {
    if (found === undefined) {
      const text = `not authenticated: expected ${authenticator.expects}`;
      throw new RpcError(Code.UNAUTHENTICATED, text);
    }
    call.context.set(principal, found);
  };
  const admitting = guard((call) => {
    // Only servers run this: their calls have all that authenticators may ask for.
    const found = authenticator.authenticate(call as ServerCall);
    return found instanceof Promise ? found.then((one) => admit(call, one)) : admit(call, found);
  });
  return perMethod((method) => (isPublic(method) ? undefined : admitting));
}

function toPublic(
  choice: NonNullable<AuthenticateOptions["publicMethods"]>,
): (method: DescMethod) => boolean {
  // Nothing but true is a yes.
  if (typeof choice === "function") return (method) => choice(method) === true;
  const methods = new MethodSet("publicMethods", choice);
  return (method) => methods.has(method);
}
