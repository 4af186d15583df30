// The types that stand in messages as google.protobuf.Any: JSON cannot be read or written without them.
import { createRegistry, type Registry } from "@bufbuild/protobuf";
import { file_connectrpc_conformance_v1_service } from "./gen/connectrpc/conformance/v1/service_pb.js";

/** All messages of the service. */
export const messageTypes: Registry = createRegistry(file_connectrpc_conformance_v1_service);
