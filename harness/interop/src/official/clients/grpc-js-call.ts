// A call of grpc-js in the form of a call of ours that is driven by hand.

import type { DescMethod } from "@bufbuild/protobuf";
import type { Client, Metadata as GrpcJsMetadata, ServiceError, StatusObject } from "@grpc/grpc-js";
import { type CallOptions, type Code, Metadata, RpcError } from "@trunkline/client";
import { toMetadata } from "../../clients/grpc-js.js";
import { defineMethod } from "../../grpc-js-definition.js";
import type { Fields } from "../../peer.js";

/** What all four kinds of call have in common; which of the optional ones there are depends on the kind. */
interface AnyCall {
  on(event: "metadata", listener: (metadata: GrpcJsMetadata) => void): unknown;
  on(event: "status", listener: (status: StatusObject) => void): unknown;
  on(event: "error", listener: (error: ServiceError) => void): unknown;
  write?(message: object): unknown;
  end?(): unknown;
  cancel(): void;
  [Symbol.asyncIterator]?(): AsyncIterator<object>;
}

function fromMetadata(metadata: GrpcJsMetadata): Metadata {
  const names = Object.keys(metadata.getMap()).filter((name) => name.startsWith("x-"));
  const fields = names.flatMap((name) =>
    metadata.get(name).map((value): [string, string | Uint8Array] => [name, value]),
  );
  return new Metadata(fields);
}

function start(
  client: Client,
  method: DescMethod,
  request: object,
  options: CallOptions,
  answered: (response?: object) => void,
): AnyCall {
  const { path, requestSerialize, responseDeserialize, ...kind } = defineMethod(method);
  const { metadata = [], timeoutMs } = options;
  const deadline = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
  const head = [path, requestSerialize, responseDeserialize] as const;
  const tail = [toMetadata(metadata as Fields), deadline] as const;
  const callback = (_error: unknown, response?: object): void => answered(response);
  if (kind.requestStream && kind.responseStream) {
    return client.makeBidiStreamRequest(...head, ...tail);
  }
  if (kind.requestStream) return client.makeClientStreamRequest(...head, ...tail, callback);
  if (kind.responseStream) return client.makeServerStreamRequest(...head, request, ...tail);
  return client.makeUnaryRequest(...head, request, ...tail, callback);
}

/** See the file's first line. */
export class GrpcJsCall {
  /** The response of kinds that have one. */
  readonly response: Promise<object>;
  readonly headers: Promise<Metadata>;
  readonly trailers: Promise<Metadata>;
  readonly #call: AnyCall;
  readonly #reader: AsyncIterator<object> | undefined;

  constructor(client: Client, method: DescMethod, options: CallOptions, request: object = {}) {
    let response: object | undefined;
    const call = start(client, method, request, options, (message) => {
      response = message;
    });
    this.#call = call;
    // The status says all that the error does.
    call.on("error", () => undefined);
    this.headers = new Promise((resolve) =>
      call.on("metadata", (metadata) => resolve(fromMetadata(metadata))),
    );
    this.trailers = new Promise((resolve, reject) =>
      call.on("status", ({ code, details, metadata }) =>
        code === 0 ? resolve(fromMetadata(metadata)) : reject(new RpcError(code as Code, details)),
      ),
    );
    this.trailers.catch(() => undefined);
    // The callback comes within the turn of the status.
    this.response = this.trailers.then(() => new Promise(setImmediate)).then(() => response!);
    this.response.catch(() => undefined);
    this.#reader = call[Symbol.asyncIterator]?.();
  }

  readonly messages = {
    next: async (): Promise<IteratorResult<object, undefined>> => {
      const result = await this.#reader!.next().catch(() => this.trailers);
      return result as IteratorResult<object, undefined>;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };

  async send(message: object): Promise<void> {
    this.#call.write?.(message);
  }

  closeSend(): void {
    this.#call.end?.();
  }

  cancel(): void {
    this.#call.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
  }
}
