// Server reflection, v1 and v1alpha: tells clients such as grpcurl and buf curl which services there are.
import type { DescFile, DescService } from "@bufbuild/protobuf";
import { BadRequestSchema, StatusSchema } from "@trunkline/core";
import { ServerReflection, ServerReflectionAlpha } from "@trunkline/core/reflection";
import type { Server } from "../../server.js";
import { type Answer, answerQuestion, type Question } from "./answer.js";
import { DescriptorIndex } from "./descriptor-index.js";

/**
 * Adds the reflection services `grpc.reflection.v1.ServerReflection` and
 * `grpc.reflection.v1alpha.ServerReflection` to a server. They tell of all its services, themselves and
 * those that are added later included (gRFC A15).
 *
 * Reflection shows the contract of every service to whoever can reach the server.
 * @throws {UsageError} when the server has them already.
 */
export function addReflection(server: Server): void {
  const findIndex = createIndexCache(server);
  server.addService(ServerReflection, {
    serverReflectionInfo: (requests) => answerAll(requests, findIndex),
  });
  server.addService(ServerReflectionAlpha, {
    serverReflectionInfo: (requests) => answerAll(requests, findIndex),
  });
}

/** What the requests of both versions have in common. */
interface ReflectionRequest {
  readonly host: string;
  readonly messageRequest: Question;
}

async function* answerAll<R extends ReflectionRequest>(
  requests: AsyncIterable<R>,
  findIndex: () => DescriptorIndex,
): AsyncGenerator<{ validHost: string; originalRequest: R; messageResponse: Answer }> {
  const sent = new Set<DescFile>();
  for await (const originalRequest of requests) {
    const messageResponse = answerQuestion(originalRequest.messageRequest, findIndex(), sent);
    yield { validHost: originalRequest.host, originalRequest, messageResponse };
  }
}

/**
 * google/rpc/error_details.proto and google/rpc/status.proto: no contract imports them, and without them
 * clients such as grpcurl show the details of errors as base64.
 */
const errorFiles: readonly DescFile[] = [BadRequestSchema.file, StatusSchema.file];

/** The index is made when somebody asks, and again when services have been added since. */
function createIndexCache(server: Server): () => DescriptorIndex {
  let services: readonly DescService[] = [];
  let index = new DescriptorIndex(services, errorFiles);
  return () => {
    const present = server.services;
    if (present.length !== services.length) {
      services = present;
      index = new DescriptorIndex(present, errorFiles);
    }
    return index;
  };
}
