// What is told of broken rules: in words, as google.rpc.BadRequest and as buf.validate.Violations, never at great length.
import type { DescMethod } from "@bufbuild/protobuf";
import { type Path, pathToString } from "@bufbuild/protobuf/reflect";
import { type Violation, violationsToProto } from "@bufbuild/protovalidate";
import { BadRequestSchema, Code, methodPath, packDetail, RpcError } from "@trunkline/core";

// Details travel in the trailers, twice here, and clients commonly take 8 KiB of them.
const maxDetailed = 16;
const maxInWords = 3;
// Rules may quote values, and keys of maps are values.
const maxDescriptionLength = 200;
const maxKeyLength = 64;

/** INVALID_ARGUMENT: the message tells the first three violations, the details up to 16. */
export function invalidRequest(violations: readonly Violation[]): RpcError {
  const told = violations.slice(0, maxDetailed).map(shorten);
  const fieldViolations = told.map((it) => ({
    field: pathToString(it.field),
    description: it.message,
    reason: it.ruleId,
  }));
  const [proto, schema] = violationsToProto(told);
  return new RpcError(Code.INVALID_ARGUMENT, toWords(told, violations.length), {
    details: [packDetail(BadRequestSchema, { fieldViolations }), packDetail(schema, proto)],
  });
}

/** INTERNAL: the server has answered with something that its own contract forbids. */
export function badResponse(method: DescMethod, violations: readonly Violation[]): RpcError {
  const told = violations.slice(0, maxInWords).map(shorten);
  const words = toWords(told, violations.length);
  return new RpcError(
    Code.INTERNAL,
    `response of ${methodPath(method)} breaks its rules: ${words}`,
  );
}

function toWords(told: readonly Violation[], total: number): string {
  const words = told.slice(0, maxInWords).map(({ field, message }) => {
    const path = pathToString(field);
    return path === "" ? message : `${path}: ${message}`;
  });
  const more = total > maxInWords ? ` (and ${total - maxInWords} more)` : "";
  return words.join("; ") + more;
}

function shorten(violation: Violation): Violation {
  const { ruleId, rule, forKey } = violation;
  const message = cut(violation.message || `breaks the rule ${ruleId}`, maxDescriptionLength);
  const field = violation.field.map((part) =>
    part.kind === "map_sub" && typeof part.key === "string"
      ? { ...part, key: cut(part.key, maxKeyLength) }
      : part,
  ) satisfies Path;
  return Object.assign(Object.create(Object.getPrototypeOf(violation) as object), {
    ...{ message, ruleId, field, rule, forKey },
  }) as Violation;
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}
