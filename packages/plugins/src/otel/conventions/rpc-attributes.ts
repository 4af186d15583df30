// The attributes of OpenTelemetry's stable semantic conventions for RPC (1.45), as far as method and status decide them.
import type { Attributes } from "@opentelemetry/api";
import { type Code, codeName } from "@trunkline/core";
import type { MethodName } from "./method-names.js";
import { isError } from "./span-status.js";

/** What a span of this method begins with. */
export function methodAttributes(method: MethodName): Attributes {
  return { "rpc.system.name": "grpc", "rpc.method": method.rpc };
}

/** What the end adds. */
export function statusAttributes(code: Code, end: "client" | "server"): Attributes {
  const name = codeName(code);
  return isError(code, end)
    ? { "rpc.status_code": name, "error.type": name }
    : { "rpc.status_code": name };
}
