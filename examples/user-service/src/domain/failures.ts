// The ways in which a request can fail, as gRPC statuses with the details that clients can read.
import { BadRequestSchema, Code, packDetail, ResourceInfoSchema, RpcError } from "@trunkline/core";

/** A field at fault: its path with the names of the contract, and what is wrong with it. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/** What the service keeps, by the name that stands in google.rpc.ResourceInfo. */
export type ResourceType =
  | "trunkline.examples.users.v1.User"
  | "trunkline.examples.files.v1.StoredFile";

// Details travel in the trailers, and clients commonly take 8 KiB of them.
const maxToldViolations = 25;

/** INVALID_ARGUMENT; the message tells the first three violations, the BadRequest detail up to 25. */
export function invalidFields(violations: readonly Violation[]): RpcError {
  const told = violations.slice(0, 3).map((it) => `${it.field}: ${it.description}`);
  const more = violations.length > 3 ? ` (and ${violations.length - 3} more)` : "";
  return new RpcError(Code.INVALID_ARGUMENT, told.join("; ") + more, {
    details: [
      packDetail(BadRequestSchema, {
        fieldViolations: violations
          .slice(0, maxToldViolations)
          .map(({ field, description }) => ({ field, description })),
      }),
    ],
  });
}

/** INVALID_ARGUMENT because of a single field. */
export function invalidField(field: string, description: string): RpcError {
  return invalidFields([{ field, description }]);
}

/** NOT_FOUND with ResourceInfo. */
export function notFound(resourceType: ResourceType, id: string): RpcError {
  return resourceFailure(Code.NOT_FOUND, resourceType, id, `there is no such id`);
}

/** ALREADY_EXISTS with ResourceInfo: another user has this email. */
export function emailTaken(email: string): RpcError {
  const type = "trunkline.examples.users.v1.User";
  return resourceFailure(Code.ALREADY_EXISTS, type, email, "the email belongs to another user");
}

function resourceFailure(
  code: Code,
  resourceType: ResourceType,
  resourceName: string,
  description: string,
): RpcError {
  const kind = resourceType.slice(resourceType.lastIndexOf(".") + 1);
  return new RpcError(code, `${kind} "${resourceName}": ${description}`, {
    details: [packDetail(ResourceInfoSchema, { resourceType, resourceName, description })],
  });
}
