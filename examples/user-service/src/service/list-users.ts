// ListUsers: streams a page, and after it the token of the next one.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { readListQuery } from "../domain/list-query.js";
import type { PageTokens, Position } from "../domain/page-token.js";
import { applyReadMask } from "../domain/read-mask.js";
import type {
  ListUsersRequest,
  ListUsersResponseSchema,
} from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import type { ReadPage } from "../storage/user-pages.js";

/** How many users are in memory at a time, however large the page is. */
const batchSize = 100;

/** Streams users as fast as the client takes them. */
export async function* listUsers(
  parts: { readonly readPage: ReadPage; readonly tokens: PageTokens },
  request: ListUsersRequest,
): AsyncGenerator<MessageInitShape<typeof ListUsersResponseSchema>> {
  const query = readListQuery(request, parts.tokens);
  let after: Position | undefined = query.after;
  for (let left = query.pageSize; left > 0; ) {
    const wanted = Math.min(left, batchSize);
    // One more than wanted tells whether there is a next page.
    const found = await parts.readPage({ ...query, after }, wanted + 1);
    for (const { user, position } of found.slice(0, wanted)) {
      after = position;
      yield { item: { case: "user", value: applyReadMask(user, query.readMask) } };
    }
    if (found.length <= wanted) return;
    left -= wanted;
  }
  const token = parts.tokens.seal(request, after ?? []);
  yield { item: { case: "nextPageToken", value: token } };
}
