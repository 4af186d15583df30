// Reads a ListUsersRequest: which users, in which order, from where on.
import type { ListUsersRequest } from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import { invalidFields, type Violation } from "./failures.js";
import type { Filter } from "./filter/expression.js";
import { FilterError } from "./filter/filter-error.js";
import { parseFilter } from "./filter/parse-filter.js";
import { type OrderTerm, parseOrderBy } from "./order-by.js";
import type { PageTokens, Position } from "./page-token.js";
import { parseReadMask, type ReadMask } from "./read-mask.js";

/** What a ListUsersRequest asks for. */
export interface ListQuery {
  readonly filter: Filter | undefined;
  readonly order: readonly OrderTerm[];
  /** Behind which user the page begins; undefined for the first page. */
  readonly after: Position | undefined;
  readonly pageSize: number;
  readonly readMask: ReadMask;
}

const defaultPageSize = 50;
const maxPageSize = 1000;

/**
 * Reads the request.
 * @throws {RpcError} INVALID_ARGUMENT naming every field at fault.
 */
export function readListQuery(request: ListUsersRequest, tokens: PageTokens): ListQuery {
  const violations: Violation[] = [];
  const filter = readFilter(request.filter, violations);
  const order = readOrder(request.orderBy, violations);
  const readMask = parseReadMask(request.readMask);
  violations.push(...readMask.violations);
  // A token can be told from one for another query only if the query itself is sound.
  const after = violations.length === 0 ? readToken(request, tokens, violations) : undefined;
  if (violations.length > 0) throw invalidFields(violations);
  const pageSize = Math.min(request.pageSize || defaultPageSize, maxPageSize);
  return { filter, order, after, pageSize, readMask: readMask.mask };
}

function readFilter(source: string, violations: Violation[]): Filter | undefined {
  try {
    return parseFilter(source);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    violations.push({ field: "filter", description: error.message });
    return undefined;
  }
}

function readOrder(source: string, violations: Violation[]): readonly OrderTerm[] {
  const parsed = parseOrderBy(source);
  if ("terms" in parsed) return parsed.terms;
  violations.push({ field: "order_by", description: parsed.problem });
  return [];
}

function readToken(
  request: ListUsersRequest,
  tokens: PageTokens,
  violations: Violation[],
): Position | undefined {
  if (request.pageToken === "") return undefined;
  const opened = tokens.open(request, request.pageToken);
  if ("position" in opened) return opened.position;
  violations.push({ field: "page_token", description: opened.problem });
  return undefined;
}
