// Entry point of @trunkline/client/json: messages as ProtoJSON.
export { type JsonFormatOptions, jsonFormat } from "@trunkline/core/json";
