// One Watch stream: gives the status whenever it differs from the last one that was given, and keeps nothing else.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Deferred, type RpcError } from "@trunkline/core";
import type {
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
} from "@trunkline/core/health";

type Response = MessageInitShape<typeof HealthCheckResponseSchema>;
type Result = IteratorResult<Response, undefined>;

/** What a watch reads from, and tells when it begins and ends. */
export interface WatchHost {
  /** The client reads; called once, before anything else. @throws {RpcError} when the watch cannot be. */
  started(watch: StatusWatch): void;
  /** The status at the moment. */
  read(): HealthCheckResponse_ServingStatus;
  /** A watch that was started is over; called once. */
  stopped(watch: StatusWatch): void;
}

/**
 * The responses of one Watch call. A client that does not read for a while gets the status of then: there is no
 * queue.
 */
export class StatusWatch implements AsyncIterableIterator<Response, undefined, undefined> {
  readonly #host: WatchHost;
  #lastGiven: HealthCheckResponse_ServingStatus | undefined;
  #waiting: Deferred<Result> | undefined;
  #end: RpcError | undefined;
  #state: "new" | "started" | "over" = "new";

  constructor(host: WatchHost) {
    this.#host = host;
  }

  /** The status may have changed. */
  wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const result = this.#take();
    if (result !== undefined) {
      this.#waiting = undefined;
      waiting.resolve(result);
    } else if (this.#end !== undefined) {
      this.#waiting = undefined;
      waiting.reject(this.#fail(this.#end));
    }
  }

  /** Ends the call with this error, behind the status of the moment if that has not been given. */
  end(error: RpcError): void {
    this.#end = error;
    this.wake();
  }

  next(): Promise<Result> {
    if (this.#state === "over") return Promise.resolve({ done: true, value: undefined });
    try {
      this.#start();
    } catch (error) {
      return Promise.reject(error);
    }
    const result = this.#take();
    if (result !== undefined) return Promise.resolve(result);
    if (this.#end !== undefined) return Promise.reject(this.#fail(this.#end));
    this.#waiting = new Deferred();
    return this.#waiting.promise;
  }

  return(): Promise<Result> {
    this.#stop();
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Result | undefined {
    const status = this.#host.read();
    if (status === this.#lastGiven) return undefined;
    this.#lastGiven = status;
    return { done: false, value: { status } };
  }

  #fail(error: RpcError): RpcError {
    this.#stop();
    return error;
  }

  /** Not before somebody reads: an interceptor may drop the responses, and nothing would be let go of. */
  #start(): void {
    if (this.#state !== "new") return;
    this.#state = "over";
    this.#host.started(this);
    this.#state = "started";
  }

  #stop(): void {
    const wasStarted = this.#state === "started";
    this.#state = "over";
    if (wasStarted) this.#host.stopped(this);
  }
}
