// Decides by method and content type which protocol answers a request, before any of its body is read.
import { Code, type HeaderListLimits, isListRefused, RpcError, toListError } from "@trunkline/core";
import type { HeaderList } from "@trunkline/http2";
import type { Refusals } from "../telemetry/refusals.js";
import type { PreparedRequest, ProtocolAdapter, RequestTarget } from "./prepared-request.js";
import { type HttpRefusal, RefusedRequest } from "./refused-request.js";

/** The limits of request headers. */
export interface RequestListLimits extends HeaderListLimits {
  /** The most fields of a list. */
  readonly maxFields: number;
}

/** Decides which protocol answers a request. */
export class Router {
  /** Changes when answers that were worked out before may be wrong now. */
  readonly #version: () => number;
  readonly #protocols: readonly ProtocolAdapter[];
  readonly #listLimits: RequestListLimits;
  /** Told of what is answered before any of its body is read. */
  readonly refusals: Refusals;

  /** @param protocols at least one; the first one also answers requests of which nothing is known. */
  constructor(
    protocols: readonly ProtocolAdapter[],
    version: () => number,
    listLimits: RequestListLimits,
    refusals: Refusals,
  ) {
    this.#protocols = protocols;
    this.#version = version;
    this.#listLimits = listLimits;
    this.refusals = refusals;
  }

  /** What to do with a request that has these headers; remembered in the list. */
  find(headers: HeaderList): PreparedRequest {
    const { listBytes } = headers;
    if (listBytes > this.#listLimits.softBytes && this.#isUnlucky(listBytes)) {
      const error = toListError("request headers", listBytes, this.#listLimits, "server");
      return this.#refuseList(error, readTarget(headers.fields)?.contentType);
    }
    const version = this.#version();
    const known = headers.memo as PreparedRequest | undefined | null;
    if (known && known.version === version) return known;
    const prepared = this.#prepare(headers, version);
    headers.memo = prepared;
    return prepared;
  }

  /** What to do with a request whose headers were too large to be kept. */
  refuseOversized(listBytes: number): PreparedRequest {
    const { hardBytes, maxFields } = this.#listLimits;
    const text = `request headers of ${listBytes} bytes have more than ${maxFields} fields (the server's limits.maxHeaderFields)`;
    const error =
      listBytes > hardBytes
        ? toListError("request headers", listBytes, this.#listLimits, "server")
        : new RpcError(Code.RESOURCE_EXHAUSTED, text);
    return this.#refuseList(error, undefined);
  }

  #isUnlucky(listBytes: number): boolean {
    return isListRefused(listBytes, this.#listLimits, Math.random());
  }

  #refuseList(error: RpcError, contentType: string | undefined): PreparedRequest {
    const accepts = (protocol: ProtocolAdapter): boolean =>
      contentType !== undefined && protocol.accepts(contentType);
    const protocol = this.#protocols.find(accepts) ?? this.#protocols[0]!;
    return protocol.refuse(contentType ?? "", error);
  }

  #prepare(headers: HeaderList, version: number): PreparedRequest {
    const target = readTarget(headers.fields);
    const refuse = (refusal: HttpRefusal): PreparedRequest =>
      new RefusedRequest(version, this.refusals, refusal);
    if (target === undefined) {
      return refuse({ status: 400, text: "The request has more than one host." });
    }
    if (target.method !== "POST") {
      const text = `This port speaks gRPC: only POST is allowed, not ${clip(target.method)}.`;
      return refuse({ status: 405, text, extra: ["allow", "POST"] });
    }
    for (const protocol of this.#protocols) {
      if (protocol.accepts(target.contentType)) return protocol.prepare(target, headers, version);
    }
    const found = target.contentType === "" ? "none" : `"${clip(target.contentType)}"`;
    const text = `This port speaks gRPC: the content type must be application/grpc, not ${found}.`;
    return refuse({ status: 415, text });
  }
}

/** @returns undefined when there are several `host` fields, so that nobody can say who is meant (gRFC A41). */
function readTarget(fields: readonly string[]): RequestTarget | undefined {
  const target = { method: "", path: "", contentType: "" };
  let hosts = 0;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i];
    if (name === ":method") target.method = fields[i + 1]!;
    else if (name === ":path") target.path = fields[i + 1]!;
    else if (name === "content-type") target.contentType = fields[i + 1]!;
    else if (name === "host") hosts++;
  }
  return hosts > 1 ? undefined : target;
}

/** What comes from the network is quoted back only in part. */
function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
