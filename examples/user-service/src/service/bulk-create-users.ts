// BulkCreateUsers: creates users in batches, and keeps account of those that could not be created.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, codeName, RpcError } from "@trunkline/core";
import { emailTaken, invalidFields, type Violation } from "../domain/failures.js";
import { checkUser } from "../domain/user-rules.js";
import type { User } from "../gen/trunkline/examples/users/v1/user_pb.js";
import type {
  BulkCreateErrorSchema,
  BulkCreateUsersRequest,
  BulkCreateUsersResponseSchema,
} from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import type { UserStore } from "../storage/user-store.js";
import { type BatchOptions, inBatches } from "./batches.js";

const maxUsers = 10_000;
const maxToldErrors = 1000;
/** Written when 100 have come, or the client pauses: who sends a few and waits for their effect shall see it. */
const batches: BatchOptions = { most: 100, pauseMs: 10 };

type Summary = MessageInitShape<typeof BulkCreateUsersResponseSchema>;
type ItemError = MessageInitShape<typeof BulkCreateErrorSchema> & { readonly index: number };

/** Reads the stream to its end and returns the summary. */
export async function bulkCreateUsers(
  users: UserStore,
  requests: AsyncIterable<BulkCreateUsersRequest>,
): Promise<Summary> {
  const bulk = new BulkCreation(users);
  for await (const batch of inBatches(requests, batches)) {
    for (const { user } of batch) await bulk.add(user);
    await bulk.flush();
  }
  return bulk.finish();
}

class BulkCreation {
  readonly #users: UserStore;
  readonly #created: { index: number; id: string }[] = [];
  readonly #errors: ItemError[] = [];
  #batch: { readonly index: number; readonly user: User }[] = [];
  #received = 0;

  constructor(users: UserStore) {
    this.#users = users;
  }

  async add(user: User | undefined): Promise<void> {
    if (this.#received === maxUsers) await this.#refuseMore();
    const index = this.#received++;
    const violations = checkItem(user);
    if (violations.length > 0) {
      this.#failed(index, invalidFields(violations), violations);
      return;
    }
    this.#batch.push({ index, user: user! });
  }

  finish(): Summary {
    // Malformed users are known at once, taken emails only when their batch is written.
    const errors = this.#errors.sort((a, b) => a.index - b.index);
    return {
      receivedCount: this.#received,
      createdCount: this.#created.length,
      failedCount: errors.length,
      created: this.#created,
      errors: errors.slice(0, maxToldErrors),
    };
  }

  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length === 0) return;
    const created = await this.#users.createMany(batch.map((it) => it.user));
    batch.forEach(({ index, user }, at) => {
      const made = created[at];
      if (made === undefined) this.#failed(index, emailTaken(user.email), []);
      else this.#created.push({ index, id: made.id });
    });
  }

  #failed(index: number, error: RpcError, violations: readonly Violation[]): void {
    this.#errors.push({
      index,
      code: error.code,
      codeName: codeName(error.code),
      message: error.message,
      violations: violations.map(({ field, description }) => ({ field, description })),
    });
  }

  async #refuseMore(): Promise<never> {
    await this.flush();
    throw new RpcError(
      Code.RESOURCE_EXHAUSTED,
      `more than ${maxUsers} users in one call; of the first ${maxUsers}, ${this.#created.length} were created`,
    );
  }
}

function checkItem(user: User | undefined): Violation[] {
  return user === undefined
    ? [{ field: "user", description: "is required" }]
    : checkUser(user, "user.");
}
