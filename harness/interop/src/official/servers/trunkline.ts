// The official test service on our server.
import { setTimeout as sleep } from "node:timers/promises";
import {
  Code,
  createServer,
  RpcError,
  type ServerCall,
  type ServiceImplementation,
  uncompressed,
  wasCompressed,
} from "@trunkline/server";
import {
  addLoadReporting,
  type LoadMetrics,
  recordCallLoad,
  ServerLoad,
} from "@trunkline/server/orca";
import type { InteropServer, ServerPeer, ServerSecurity } from "../../peer.js";
import { credentialsOf } from "../../servers/trunkline.js";
import { ECHO_INITIAL, ECHO_TRAILING } from "../cases/metadata.js";
import type {
  BoolValue,
  EchoStatus,
  ResponseParameters,
  StreamingOutputCallRequest,
  TestOrcaReport,
} from "../gen/grpc/testing/messages_pb.js";
import { TestService } from "../gen/grpc/testing/test_pb.js";
import { payloadOf } from "../payload.js";

/** What a `StreamingOutputCallResponse` is made of. */
interface Answer {
  readonly payload: { readonly body: Uint8Array };
}

/** Echoes the metadata that is to be echoed. */
function echo(call: ServerCall): void {
  for (const value of call.metadata.getAll(ECHO_INITIAL)) {
    call.responseHeaders.append(ECHO_INITIAL, value);
  }
  for (const value of call.metadata.getAll(ECHO_TRAILING)) {
    call.responseTrailers.append(ECHO_TRAILING, value);
  }
}

/** Fails the call when the client has asked for it. */
function throwStatus(status: EchoStatus | undefined): void {
  if (status && status.code !== 0) throw new RpcError(status.code as Code, status.message);
}

/** Refuses a message that did not come as its sender says. */
function checkCompressed(message: { readonly expectCompressed?: BoolValue | undefined }): void {
  const { expectCompressed: expected } = message;
  if (expected && expected.value !== wasCompressed(message)) {
    const way = expected.value ? "uncompressed" : "compressed";
    throw new RpcError(Code.INVALID_ARGUMENT, `the message came ${way}, against its own word`);
  }
}

async function* answer(parameters: readonly ResponseParameters[]): AsyncGenerator<Answer> {
  for (const { size, intervalUs, compressed } of parameters) {
    if (intervalUs > 0) await sleep(intervalUs / 1_000);
    const message = { payload: payloadOf(size) };
    yield compressed?.value === false ? uncompressed(message) : message;
  }
}

/** The metrics of a report as the official messages name them. */
function toLoad({ cpuUtilization, memoryUtilization, utilization }: TestOrcaReport): LoadMetrics {
  return { cpuUtilization, memUtilization: memoryUtilization, utilization };
}

async function* answerAll(
  requests: AsyncIterable<StreamingOutputCallRequest>,
  load: ServerLoad,
): AsyncGenerator<Answer> {
  for await (const { responseStatus, responseParameters, orcaOobReport } of requests) {
    if (orcaOobReport) {
      load.clear();
      load.set(toLoad(orcaOobReport));
    }
    throwStatus(responseStatus);
    yield* answer(responseParameters);
  }
}

const createService = (load: ServerLoad): ServiceImplementation<typeof TestService> => ({
  emptyCall: async () => ({}),
  async unaryCall(request, call) {
    checkCompressed(request);
    if (request.responseCompressed) {
      call.responseCompression = request.responseCompressed.value ? "gzip" : "identity";
    }
    echo(call);
    const { orcaPerQueryReport: report } = request;
    if (report) recordCallLoad(call, { ...toLoad(report), requestCost: report.requestCost });
    throwStatus(request.responseStatus);
    return { payload: payloadOf(request.responseSize) };
  },
  streamingOutputCall({ responseParameters }, call) {
    const isCompressed = responseParameters.some(({ compressed }) => compressed?.value);
    if (isCompressed) call.responseCompression = "gzip";
    return answer(responseParameters);
  },
  async streamingInputCall(requests) {
    let aggregatedPayloadSize = 0;
    for await (const request of requests) {
      checkCompressed(request);
      aggregatedPayloadSize += request.payload?.body.length ?? 0;
    }
    return { aggregatedPayloadSize };
  },
  async *fullDuplexCall(requests, call) {
    echo(call);
    yield* answerAll(requests, load);
  },
  async *halfDuplexCall(requests) {
    const collected: StreamingOutputCallRequest[] = [];
    for await (const request of requests) collected.push(request);
    for (const { responseParameters } of collected) yield* answer(responseParameters);
  },
});

async function start(security?: ServerSecurity): Promise<InteropServer> {
  const server = createServer();
  const load = new ServerLoad();
  server.addService(TestService, createService(load));
  addLoadReporting(server, load, { minIntervalMs: 1_000 });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0, ...credentialsOf(security) });
  return { port, stop: async () => void (await server.shutdown({ graceMs: 1_000 })) };
}

/** The peer. */
export const officialTrunklineServer: ServerPeer = { name: "trunkline", lacks: [], start };
