// Entry point of @trunkline/core/json: apart from the rest, because it loads protobuf's JSON code.
export { type JsonFormatOptions, jsonFormat } from "../wire/json-format.js";
