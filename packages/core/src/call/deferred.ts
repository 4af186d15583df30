// A promise with its two handles, made without a closure of its own.

type Resolve<T> = (value: T | PromiseLike<T>) => void;
type Reject = (reason: unknown) => void;

let latestResolve: Resolve<never> | undefined;
let latestReject: Reject | undefined;

function capture(resolve: Resolve<never>, reject: Reject): void {
  latestResolve = resolve;
  latestReject = reject;
}

/** A promise that somebody else settles. */
export class Deferred<T> {
  /** Settles when one of the two handles is called. */
  readonly promise: Promise<T>;
  /** Fulfils the promise. */
  readonly resolve: Resolve<T>;
  /** Rejects the promise. */
  readonly reject: Reject;

  constructor() {
    // The executor runs within the constructor, so that nothing can come between.
    this.promise = new Promise<T>(capture as (resolve: Resolve<T>, reject: Reject) => void);
    this.resolve = latestResolve as Resolve<T>;
    this.reject = latestReject as Reject;
    latestResolve = undefined;
    latestReject = undefined;
  }

  /** Nobody needs to listen: a rejection is then no unhandled one. */
  silence(): this {
    this.promise.catch(ignore);
    return this;
  }
}

function ignore(): void {}
