// Runs the official cases with grpc-js: its calls are put into the form of ours, for the same table.

import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { Client } from "@grpc/grpc-js";
import type { CallOptions } from "@trunkline/client";
import { credentialsOf } from "../../clients/grpc-js.js";
import type { ClientSecurity } from "../../peer.js";
import type { Target } from "../case.js";
import { namesWithout, officialCases } from "../cases.js";
import { TestService, UnimplementedService } from "../gen/grpc/testing/test_pb.js";
import type { OfficialClient } from "../peer.js";
import { GrpcJsCall } from "./grpc-js-call.js";

async function callUnary(
  client: Client,
  method: DescMethod,
  request: object,
  options: CallOptions = {},
): Promise<object> {
  const call = new GrpcJsCall(client, method, options, request);
  const response = await call.response;
  options.onHeader?.(await call.headers);
  options.onTrailer?.(await call.trailers);
  return response;
}

async function callClientStreaming(
  client: Client,
  method: DescMethod,
  requests: Iterable<object>,
): Promise<object> {
  const call = new GrpcJsCall(client, method, {});
  for (const request of requests) await call.send(request);
  call.closeSend();
  return call.response;
}

/** The function that calls a method in the way that the cases do. */
function createMethod(client: Client, method: DescMethod): unknown {
  const open = (options: CallOptions = {}): GrpcJsCall => new GrpcJsCall(client, method, options);
  switch (method.methodKind) {
    case "unary":
      return (request: object, options?: CallOptions) =>
        callUnary(client, method, request, options);
    case "server_streaming":
      return (request: object) => new GrpcJsCall(client, method, {}, request).messages;
    case "client_streaming": {
      const call = (requests: Iterable<object>) => callClientStreaming(client, method, requests);
      return Object.assign(call, { open });
    }
    default:
      return { open };
  }
}

function createMethods(client: Client, service: DescService): never {
  const methods = service.methods.map((method) => [method.localName, createMethod(client, method)]);
  return Object.fromEntries(methods) as never;
}

function createTarget(target: string, security?: ClientSecurity): Target {
  // A channel of its own, as it shares connections between clients otherwise.
  const options = { "grpc.use_local_subchannel_pool": 1 };
  const client = new Client(target, credentialsOf(security), options);
  return {
    test: createMethods(client, TestService),
    unimplemented: createMethods(client, UnimplementedService),
    close: () => Promise.resolve(client.close()),
    reconnect: () => createTarget(target, security),
  };
}

/** The peer. It has no compressed cases, as it cannot choose for each message, and none of load reports. */
export const officialGrpcJsClient: OfficialClient = {
  name: "grpc-js",
  cases: namesWithout("compression", "load-reports"),
  connect(target, security) {
    const opened = createTarget(target, security);
    return Promise.resolve({
      run: (name) => officialCases.find((each) => each.name === name)!.run(opened),
      close: () => opened.close(),
    });
  },
};
