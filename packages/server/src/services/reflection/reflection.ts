// Server reflection, v1 and v1alpha: tells clients such as grpcurl and buf curl which services there are.
import type { DescFile, DescService } from "@bufbuild/protobuf";
import { BadRequestSchema, StatusSchema } from "@trunkline/core";
import { ServerReflection, ServerReflectionAlpha } from "@trunkline/core/reflection";
import type { ServerCall } from "../../dispatch/server-call.js";
import type { Server } from "../../server.js";
import { type Access, type Guard, readAccess } from "../access.js";
import { StreamBudget } from "../stream-budget.js";
import { type Answer, answerQuestion, type Question } from "./answer.js";
import { DescriptorIndex, type IndexedFile } from "./descriptor-index.js";

/** Options of `addReflection`. */
export interface ReflectionOptions {
  /**
   * Who may ask: `"development"` has no reflection where `NODE_ENV` is `production`, a function decides call by
   * call. Default true: whoever reaches the server.
   */
  readonly allow?: Access | undefined;
  /**
   * Files that are told of although no service needs them: of extensions, of messages within
   * `google.protobuf.Any`. Default: none but those of the standard error details, which always are.
   */
  readonly files?: readonly DescFile[] | undefined;
  /** Streams that may be open, 1 to 2^31 - 1; further ones get RESOURCE_EXHAUSTED. Default 1000. */
  readonly maxStreams?: number | undefined;
  /** Streams that one connection may have open, 1 to 2^31 - 1; further ones get RESOURCE_EXHAUSTED. Default 20. */
  readonly maxStreamsPerConnection?: number | undefined;
}

/** Requests are names, and they are sent back with each answer. */
const maxRequestBytes = 16_384;

/**
 * Adds the reflection services `grpc.reflection.v1.ServerReflection` and
 * `grpc.reflection.v1alpha.ServerReflection` to a server. They tell of all its services, themselves and
 * those that are added later included (gRFC A15).
 *
 * Reflection shows the contract of every service to whoever may ask: see the option `allow`.
 * @throws {UsageError} when the server has them already, or an option cannot be used.
 * @example
 * addReflection(server, { allow: (call) => call.metadata.get("x-admin-key") === key });
 */
export function addReflection(server: Server, options: ReflectionOptions = {}): void {
  const { maxStreams = 1000, maxStreamsPerConnection = 20 } = options;
  const budget = new StreamBudget("server reflection", { maxStreams, maxStreamsPerConnection });
  const guard = readAccess(options.allow);
  if (guard === undefined) return;
  const findIndex = createIndexCache(server, [...errorFiles, ...(options.files ?? [])]);
  const desk = new ReflectionDesk(findIndex, guard, budget);
  const limits = { maxReceiveMessageBytes: maxRequestBytes };
  server.addService(
    ServerReflection,
    { serverReflectionInfo: (requests, call) => desk.answerAll(requests, call) },
    limits,
  );
  server.addService(
    ServerReflectionAlpha,
    { serverReflectionInfo: (requests, call) => desk.answerAll(requests, call) },
    limits,
  );
}

/** What the requests of both versions have in common. */
interface ReflectionRequest {
  readonly host: string;
  readonly messageRequest: Question;
}

class ReflectionDesk {
  readonly #findIndex: () => DescriptorIndex;
  readonly #guard: Guard;
  readonly #budget: StreamBudget;

  constructor(findIndex: () => DescriptorIndex, guard: Guard, budget: StreamBudget) {
    this.#findIndex = findIndex;
    this.#guard = guard;
    this.#budget = budget;
  }

  async *answerAll<R extends ReflectionRequest>(
    requests: AsyncIterable<R>,
    call: ServerCall,
  ): AsyncGenerator<{ validHost: string; originalRequest: R; messageResponse: Answer }> {
    const { peer } = call;
    this.#budget.take(peer);
    try {
      await this.#guard(call);
      const sent = new Set<IndexedFile>();
      for await (const originalRequest of requests) {
        const index = this.#findIndex();
        const messageResponse = answerQuestion(originalRequest.messageRequest, index, sent);
        yield { validHost: originalRequest.host, originalRequest, messageResponse };
      }
    } finally {
      this.#budget.give(peer);
    }
  }
}

/**
 * google/rpc/error_details.proto and google/rpc/status.proto: no contract imports them, and without them
 * clients such as grpcurl show the details of errors as base64.
 */
const errorFiles: readonly DescFile[] = [BadRequestSchema.file, StatusSchema.file];

/** The index is made when somebody asks, and again when services have been added since. */
function createIndexCache(server: Server, files: readonly DescFile[]): () => DescriptorIndex {
  let services: readonly DescService[] = [];
  let index: DescriptorIndex | undefined;
  return () => {
    const present = server.services;
    if (index === undefined || present.length !== services.length) {
      services = present;
      index = new DescriptorIndex(present, files);
    }
    return index;
  };
}
