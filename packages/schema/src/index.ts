// Entry point of @trunkline/schema: services that are known at run time only.
export { type Contract, loadDescriptorSet } from "./contract.js";
export { type LoadProtoOptions, loadProto } from "./load-proto.js";
