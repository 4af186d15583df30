// What a contract says about who may call: the options of trunkline/auth/v1/options.proto.
import { type DescMethod, type DescService, getOption, hasOption } from "@bufbuild/protobuf";
import { methodPath } from "@trunkline/core";
import { AccessRule } from "./access-rule.js";
import {
  method as methodAccess,
  service as serviceAccess,
} from "./gen/trunkline/auth/v1/options_pb.js";

/**
 * The rule that the contract has for a method: the method's own, else its service's.
 * @returns undefined when it has none.
 * @throws {UsageError} when the rule cannot be used.
 */
export function readContractRule(method: DescMethod): AccessRule | undefined {
  if (hasOption(method, methodAccess)) {
    const where = `option (trunkline.auth.v1.method) of ${methodPath(method)}`;
    return new AccessRule(where, getOption(method, methodAccess));
  }
  const service: DescService = method.parent;
  if (!hasOption(service, serviceAccess)) return undefined;
  const where = `option (trunkline.auth.v1.service) of ${service.typeName}`;
  return new AccessRule(where, getOption(service, serviceAccess));
}
