// gRPC over HTTP/2 as one of the protocols of a server.
import { identity, type RpcError } from "@trunkline/core";
import type { HeaderList } from "@trunkline/http2";
import type { ServiceRegistry } from "../../dispatch/service-registry.js";
import type {
  PreparedRequest,
  ProtocolAdapter,
  RequestTarget,
} from "../../http/prepared-request.js";
import type { CallSetup } from "./call-head.js";
import { isGrpcContentType, responseTypeFor } from "./content-type.js";
import { prepareRequest } from "./headers.js";
import { RefusedCall } from "./refused-call.js";

/** gRPC over HTTP/2 (PROTOCOL-HTTP2.md). */
export class GrpcAdapter implements ProtocolAdapter {
  readonly #services: ServiceRegistry;
  readonly #setup: CallSetup;

  constructor(services: ServiceRegistry, setup: CallSetup) {
    this.#services = services;
    this.#setup = setup;
  }

  accepts(contentType: string): boolean {
    return isGrpcContentType(contentType);
  }

  prepare(target: RequestTarget, headers: HeaderList, version: number): PreparedRequest {
    return prepareRequest(target, headers, version, this.#services, this.#setup);
  }

  refuse(contentType: string, error: RpcError): PreparedRequest {
    const head = this.#setup.heads.block(responseTypeFor(contentType), identity);
    return new RefusedCall(this.#services.version, head, error, this.#setup.refusals);
  }
}
