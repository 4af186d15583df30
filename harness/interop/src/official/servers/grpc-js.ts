// The official test service on grpc-js.
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  Server,
} from "@grpc/grpc-js";
import { defineMethod } from "../../grpc-js-definition.js";
import type { ServerPeer } from "../../peer.js";
import { copy, listen } from "../../servers/grpc-js.js";
import { ECHO_INITIAL, ECHO_TRAILING } from "../cases/metadata.js";
import type {
  EchoStatus,
  SimpleRequest,
  StreamingInputCallRequest,
  StreamingOutputCallRequest,
} from "../gen/grpc/testing/messages_pb.js";
import { TestService } from "../gen/grpc/testing/test_pb.js";
import { payloadOf } from "../payload.js";

interface AnyCall {
  readonly metadata: Metadata;
  sendMetadata(metadata: Metadata): void;
}

/** Echoes the metadata that is to be echoed early; returns that for the trailers. */
function begin(call: AnyCall): Metadata {
  call.sendMetadata(copy(call.metadata, ECHO_INITIAL));
  return copy(call.metadata, ECHO_TRAILING);
}

function failureOf(status: EchoStatus | undefined): { code: number; details: string } | undefined {
  return status && { code: status.code, details: status.message };
}

const unaryCall: handleUnaryCall<SimpleRequest, object> = (call, callback) => {
  const trailers = begin(call);
  const { responseStatus, responseSize } = call.request;
  callback(failureOf(responseStatus) ?? null, { payload: payloadOf(responseSize) }, trailers);
};

const streamingOutputCall: handleServerStreamingCall<StreamingOutputCallRequest, object> = (
  call,
) => {
  for (const { size } of call.request.responseParameters) call.write({ payload: payloadOf(size) });
  call.end();
};

const streamingInputCall: handleClientStreamingCall<StreamingInputCallRequest, object> = (
  call,
  callback,
) => {
  let aggregatedPayloadSize = 0;
  call.on("data", ({ payload }: StreamingInputCallRequest) => {
    aggregatedPayloadSize += payload?.body.length ?? 0;
  });
  call.on("end", () => callback(null, { aggregatedPayloadSize }));
};

const fullDuplexCall: handleBidiStreamingCall<StreamingOutputCallRequest, object> = (call) => {
  const trailers = begin(call);
  call.on("data", ({ responseStatus, responseParameters }: StreamingOutputCallRequest) => {
    for (const { size } of responseParameters) call.write({ payload: payloadOf(size) });
    if (responseStatus) call.emit("error", failureOf(responseStatus));
  });
  call.on("end", () => call.end(trailers));
};

const methods = {
  emptyCall: ((_call, callback) => callback(null, {})) as handleUnaryCall<object, object>,
  unaryCall,
  streamingOutputCall,
  streamingInputCall,
  fullDuplexCall,
};

/** The peer. It has no compressed cases: its handlers are not told what came compressed. It reports no load. */
export const officialGrpcJsServer: ServerPeer = {
  name: "grpc-js",
  lacks: ["compression", "load-reports"],
  start(security) {
    const server = new Server();
    const names = Object.keys(methods) as (keyof typeof methods)[];
    const definition = Object.fromEntries(
      names.map((name) => [name, defineMethod(TestService.method[name])]),
    );
    server.addService(definition, methods as never);
    return listen(server, security);
  },
};
