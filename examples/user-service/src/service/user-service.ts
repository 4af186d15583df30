// UserService: checks what the rules of the contract cannot say, asks the layers below, and says what came of it.
import { create } from "@bufbuild/protobuf";
import { type Empty, EmptySchema } from "@bufbuild/protobuf/wkt";
import type { ServiceImplementation } from "@trunkline/server";
import { invalidField, invalidFields, type Violation } from "../domain/failures.js";
import type { PageTokens } from "../domain/page-token.js";
import { applyReadMask, parseReadMask } from "../domain/read-mask.js";
import { applyChanges, parseUpdateMask } from "../domain/update-mask.js";
import { checkUser, checkUserId } from "../domain/user-rules.js";
import type { ChatRooms } from "../feed/chat-rooms.js";
import type { Watchers } from "../feed/watchers.js";
import type { User } from "../gen/trunkline/examples/users/v1/user_pb.js";
import type {
  UpdateUserRequest,
  UserService,
} from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import type { ReadPage } from "../storage/user-pages.js";
import type { UserStore } from "../storage/user-store.js";
import { bulkCreateUsers } from "./bulk-create-users.js";
import { chat } from "./chat.js";
import { listUsers } from "./list-users.js";
import { watchUsers } from "./watch-users.js";

/** What UserService is made of. */
export interface UserServiceParts {
  readonly users: UserStore;
  readonly readPage: ReadPage;
  readonly tokens: PageTokens;
  readonly watchers: Watchers;
  readonly rooms: ChatRooms;
}

/** The methods of UserService. */
export function createUserService(
  parts: UserServiceParts,
): ServiceImplementation<typeof UserService> {
  const { users, watchers, rooms } = parts;
  return {
    async getUser({ id, readMask }) {
      const { mask, violations } = parseReadMask(readMask);
      refuse(violations);
      return { user: applyReadMask(await users.get(id), mask) };
    },
    async createUser({ user }) {
      return { user: await users.create(user!) };
    },
    async updateUser(request) {
      return { user: await updateUser(users, request) };
    },
    async deleteUser({ id }): Promise<Empty> {
      await users.delete(id);
      return create(EmptySchema);
    },
    listUsers: (request) => listUsers(parts, request),
    bulkCreateUsers: (requests) => bulkCreateUsers(users, requests),
    watchUsers: (requests, call) => watchUsers(watchers, requests, call),
    chat: (requests, call) => chat(rooms, requests, call),
  };
}

async function updateUser(users: UserStore, request: UpdateUserRequest): Promise<User> {
  const changes = request.user;
  if (changes === undefined) throw invalidField("user", "is required");
  const { paths, violations } = parseUpdateMask(request.updateMask, changes);
  refuse([...checkUserId(changes.id, "user."), ...violations]);
  return users.update(changes.id, (current) => {
    const next = applyChanges(current, changes, paths);
    refuse(checkUser(next, "user."));
    return next;
  });
}

function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw invalidFields(violations);
}
