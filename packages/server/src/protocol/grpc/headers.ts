// Reads what a gRPC request's headers say, once for all requests with the same headers.
import { Code, contentTypeGrpc, identity, parseTimeout, RpcError } from "@trunkline/core";
import type { HeaderList } from "@trunkline/http2";
import { toTimeout } from "../../dispatch/method-options.js";
import type { ServiceRegistry } from "../../dispatch/service-registry.js";
import type { PreparedRequest, RequestTarget } from "../../http/prepared-request.js";
import { AcceptedCall } from "./accepted-call.js";
import { CallCoding } from "./call-coding.js";
import type { CallSetup } from "./call-head.js";
import { formatOf, responseTypeFor } from "./content-type.js";
import { RefusedCall } from "./refused-call.js";

/** The fields that matter before the body, as they came. */
interface GrpcFields {
  timeout: string | undefined;
  encoding: string | undefined;
  accepted: string | undefined;
}

/** Works out what to do with requests that have these headers. */
export function prepareRequest(
  target: RequestTarget,
  headers: HeaderList,
  version: number,
  services: ServiceRegistry,
  setup: CallSetup,
): PreparedRequest {
  const format = formatOf(target.contentType);
  const entry = services.find(target.path, format);
  const isServed = services.serves(format);
  // Who refuses a format does not speak it, not even to say so.
  const answered = isServed || entry !== undefined ? target.contentType : contentTypeGrpc;
  const contentType = responseTypeFor(answered);
  const refuse = (code: Code, message: string): PreparedRequest => {
    const responseHead = setup.heads.block(contentType, identity);
    return new RefusedCall(version, responseHead, new RpcError(code, message), setup.refusals);
  };
  if (entry === undefined) {
    return refuse(Code.UNIMPLEMENTED, services.explainMissing(target.path, format));
  }
  const { timeout, encoding = identity, accepted } = readFields(headers.fields);
  const { compression } = setup.heads;
  const requestEncoding = compression.accepted(encoding);
  if (requestEncoding === undefined && encoding !== identity) {
    const message = `messages compressed with ${encoding} are not understood; accepted are ${compression.acceptField}`;
    return refuse(Code.UNIMPLEMENTED, message);
  }
  const timeoutMs = timeout === undefined ? undefined : parseTimeout(timeout);
  if (timeout !== undefined && timeoutMs === undefined) {
    return refuse(Code.INTERNAL, `malformed grpc-timeout ${JSON.stringify(timeout)}`);
  }
  const coding = new CallCoding(setup.heads, contentType, requestEncoding, accepted);
  return new AcceptedCall(version, coding, entry, toTimeout(timeoutMs, entry.limits), setup);
}

function readFields(fields: readonly string[]): GrpcFields {
  const found: GrpcFields = { timeout: undefined, encoding: undefined, accepted: undefined };
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i];
    // A second timeout makes the text one that cannot be parsed.
    if (name === "grpc-timeout") {
      found.timeout =
        found.timeout === undefined ? fields[i + 1]! : `${found.timeout}, ${fields[i + 1]}`;
    } else if (name === "grpc-encoding") found.encoding = fields[i + 1]!.toLowerCase();
    else if (name === "grpc-accept-encoding") {
      // A list may come in several fields (RFC 9110 s5.3).
      const { accepted } = found;
      found.accepted = accepted === undefined ? fields[i + 1]! : `${accepted},${fields[i + 1]}`;
    }
  }
  return found;
}
