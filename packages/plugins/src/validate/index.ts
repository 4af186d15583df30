// Entry point of @trunkline/plugins/validate: messages are held against the buf.validate rules of their contract.
export { createMessageChecker, type FieldViolation } from "./message-checker.js";
export { type ValidateOptions, validate } from "./validate.js";
