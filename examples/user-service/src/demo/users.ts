// The demo of single users: CreateUser, GetUser, UpdateUser, DeleteUser.
import type { Client } from "@trunkline/client";
import type { UserService } from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import { chapter, tell, tellFailure } from "./narrator.js";

/** Shows the unary calls and their errors. */
export async function tellUsers(users: Client<typeof UserService>): Promise<void> {
  chapter("CreateUser, GetUser, UpdateUser, DeleteUser (unary)");
  const ada = { name: "Ada Lovelace", email: "ada@example.com", age: 36, roles: ["admin"] };
  const { user } = await users.createUser({ user: ada });
  const id = user!.id;
  tell(`created ${user!.name} with the id ${id}`);
  await tellFailure("the same email again", users.createUser({ user: ada }));
  const malformed = { name: "", email: "nobody", age: -1 };
  await tellFailure("a malformed user", users.createUser({ user: malformed }));

  const read = await users.getUser({ id, readMask: { paths: ["name", "age"] } });
  tell(
    `read with a mask: ${read.user!.name}, ${read.user!.age} years, email "${read.user!.email}"`,
  );
  await tellFailure("an unknown id", users.getUser({ id: "nobody" }));

  const changes = { id, age: 37, profile: { bio: "Wrote the first program." } };
  const updateMask = { paths: ["profile.bio"] };
  const updated = await users.updateUser({ user: changes, updateMask });
  tell(
    `updated profile.bio to "${updated.user!.profile!.bio}", and the age is still ${updated.user!.age}`,
  );
  const wrong = users.updateUser({ user: { id }, updateMask: { paths: ["salary"] } });
  await tellFailure("an unknown path", wrong);

  await users.deleteUser({ id });
  await tellFailure("deleted, and deleted again", users.deleteUser({ id }));
}
