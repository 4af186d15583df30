// Interceptors that only admit or refuse calls, and those that are chosen for each method: chains are cheaper for knowing.
import type { DescMethod } from "@bufbuild/protobuf";
import type { Call, Interceptor } from "./call.js";

/**
 * Looks at a call before it goes on, and refuses it by throwing (or by a promise that rejects) an `RpcError`. It sees no
 * reply and replaces nothing. To be quick, it returns a promise only where it has to wait.
 */
export type Guard = (call: Call) => void | Promise<void>;

const guards = new WeakMap<Interceptor, Guard>();
const choices = new WeakMap<Interceptor, (method: DescMethod) => Interceptor | undefined>();

/**
 * An interceptor that is no more than a guard. On servers, guards that come before all other interceptors cost next to
 * nothing: no reply is made for them, and no promise unless they make one.
 *
 * @example
 * createServer({ interceptors: [guard((call) => { if (isClosed) throw new RpcError(Code.UNAVAILABLE, "closed"); })] });
 */
export function guard(admit: Guard): Interceptor {
  const interceptor: Interceptor = (call, next) => {
    try {
      const pending = admit(call);
      return pending === undefined ? next(call) : pending.then(() => next(call));
    } catch (error) {
      return Promise.reject(error);
    }
  };
  guards.set(interceptor, admit);
  return interceptor;
}

/**
 * An interceptor that is chosen once for each method: `choose` is asked when a service is added to a server, or a client
 * first calls the method. Where it answers undefined, calls cost nothing. What it throws, adding the service throws.
 */
export function perMethod(choose: (method: DescMethod) => Interceptor | undefined): Interceptor {
  const chosen = new WeakMap<DescMethod, { readonly interceptor: Interceptor | undefined }>();
  const chooseOnce = (method: DescMethod): Interceptor | undefined => {
    let choice = chosen.get(method);
    if (choice === undefined) {
      choice = { interceptor: choose(method) };
      chosen.set(method, choice);
    }
    return choice.interceptor;
  };
  const interceptor: Interceptor = (call, next) => {
    const found = chooseOnce(call.method);
    return found === undefined ? next(call) : found(call, next);
  };
  choices.set(interceptor, chooseOnce);
  return interceptor;
}

/** What is left of interceptors when the method is known: `perMethod` is replaced by its choices. */
export function interceptorsFor(
  method: DescMethod,
  interceptors: readonly Interceptor[],
): Interceptor[] {
  return interceptors.flatMap((interceptor) => {
    const choose = choices.get(interceptor);
    if (choose === undefined) return [interceptor];
    const chosen = choose(method);
    return chosen === undefined ? [] : interceptorsFor(method, [chosen]);
  });
}

/** The guard that an interceptor of `guard` is; undefined for any other. */
export function guardOf(interceptor: Interceptor): Guard | undefined {
  return guards.get(interceptor);
}

/** One guard that asks all of them, in their order. */
export function composeGuards(all: readonly Guard[]): Guard {
  return all.length === 1 ? all[0]! : (call) => admitFrom(all, 0, call);
}

function admitFrom(all: readonly Guard[], from: number, call: Call): void | Promise<void> {
  for (let at = from; at < all.length; at++) {
    const pending = all[at]!(call);
    if (pending !== undefined) return pending.then(() => admitFrom(all, at + 1, call));
  }
}
