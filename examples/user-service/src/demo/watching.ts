// The demo of WatchUsers: one call hears of what others do.
import type { Client } from "@trunkline/client";
import {
  UserEventType,
  type UserService,
} from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import { chapter, tell } from "./narrator.js";

/** Shows a bidirectional stream that the client ends. */
export async function tellWatching(users: Client<typeof UserService>): Promise<void> {
  chapter("WatchUsers (bidirectional)");
  await using watch = users.watchUsers.open();
  await watch.send({ userIds: [] });
  await watch.headers;
  tell("watching all users");

  const { user } = await users.createUser({ user: { name: "Linus", email: "linus@example.com" } });
  await users.updateUser({ user: { id: user!.id, age: 56 } });
  await users.deleteUser({ id: user!.id });
  for await (const event of watch.messages) {
    const kind = Object.entries(UserEventType).find(([, type]) => type === event.type)![0];
    tell(`event ${event.sequence}: ${kind} ${event.user!.name}, ${event.user!.age} years`);
    if (event.type === UserEventType.DELETED) break;
  }
}
