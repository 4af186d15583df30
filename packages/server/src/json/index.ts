// Entry point of @trunkline/server/json: messages as ProtoJSON.
export { type JsonFormatOptions, jsonFormat } from "@trunkline/core/json";
