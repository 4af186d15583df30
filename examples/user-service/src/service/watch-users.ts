// WatchUsers: reads sets of ids on one side, streams events on the other.
import type { ServerCall } from "@trunkline/server";
import { invalidField } from "../domain/failures.js";
import type { Watcher, Watchers } from "../feed/watchers.js";
import type {
  WatchUsersRequest,
  WatchUsersResponse,
} from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import { endWithCall } from "./end-with-call.js";

/** Streams events until the call is cancelled or something goes wrong. */
export async function* watchUsers(
  watchers: Watchers,
  requests: AsyncIterable<WatchUsersRequest>,
  call: ServerCall,
): AsyncGenerator<WatchUsersResponse> {
  const watcher = watchers.open();
  endWithCall(call, watcher.mailbox);
  // Not awaited: reading and answering are independent of each other. It never rejects.
  void readSets(watcher, requests, call);
  try {
    yield* watcher.mailbox;
  } finally {
    watcher.close();
  }
}

async function readSets(
  watcher: Watcher,
  requests: AsyncIterable<WatchUsersRequest>,
  call: ServerCall,
): Promise<void> {
  try {
    let hasSet = false;
    for await (const { userIds } of requests) {
      await watcher.watch(userIds);
      call.sendHeaders();
      hasSet = true;
    }
    if (!hasSet)
      throw invalidField(
        "user_ids",
        "at least one set is required; an empty one stands for all users",
      );
  } catch (error) {
    watcher.mailbox.fail(error);
  }
}
