// Turns a user into a row of its table, and back.
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Selectable } from "kysely";
import { toEmailKey } from "../domain/user-rules.js";
import {
  type User,
  UserSchema,
  type UserStatus,
} from "../gen/trunkline/examples/users/v1/user_pb.js";
import type { UsersTable } from "./tables.js";

/** A row of `users`; in the log of events it is JSON, where times are text. */
export type UserRow = Omit<Selectable<UsersTable>, "created_at" | "updated_at"> & {
  readonly created_at: Date | string;
  readonly updated_at: Date | string;
};

/** The columns that a client decides about. */
export interface UserColumns {
  readonly name: string;
  readonly email: string;
  readonly email_key: string;
  readonly age: number;
  readonly roles: string[];
  readonly status: number;
  readonly profile: string;
  readonly metadata: string;
}

/** The columns of a user that are to be written. */
export function toUserColumns(user: User): UserColumns {
  const profile = {
    display_name: user.profile?.displayName ?? "",
    bio: user.profile?.bio ?? "",
    avatar_url: user.profile?.avatarUrl ?? "",
    location: user.profile?.location ?? "",
  };
  return {
    name: user.name,
    email: user.email,
    email_key: toEmailKey(user.email),
    age: user.age,
    roles: user.roles,
    status: user.status,
    profile: JSON.stringify(profile),
    metadata: JSON.stringify(user.metadata),
  };
}

/** The user that a row holds. */
export function fromUserRow(row: UserRow): User {
  const { profile } = row;
  return create(UserSchema, {
    id: row.id,
    name: row.name,
    email: row.email,
    age: row.age,
    roles: row.roles,
    status: row.status as UserStatus,
    profile: {
      displayName: profile.display_name,
      bio: profile.bio,
      avatarUrl: profile.avatar_url,
      location: profile.location,
    },
    metadata: row.metadata,
    createdAt: timestampFromDate(new Date(row.created_at)),
    updatedAt: timestampFromDate(new Date(row.updated_at)),
  });
}
