// The demo of many users: BulkCreateUsers and ListUsers.
import type { Client } from "@trunkline/client";
import type { UserService } from "../gen/trunkline/examples/users/v1/user_service_pb.js";
import { chapter, tell } from "./narrator.js";

const names = ["Grace", "Alan", "Edsger", "Barbara", "Donald", "Margaret", "Tony"];

/** Shows a stream of requests and a stream of responses. */
export async function tellLists(users: Client<typeof UserService>): Promise<void> {
  chapter("BulkCreateUsers (client streaming)");
  const good = names.map((name, index) => someone(name, 60 + index));
  const summary = await users.bulkCreateUsers([...good, someone("Grace", 1), someone("", 2)]);
  tell(`of ${summary.receivedCount} users, ${summary.createdCount} were created`);
  for (const { index, codeName, message } of summary.errors) {
    tell(`number ${index} was not: [${codeName}] ${message}`);
  }

  chapter("ListUsers (server streaming): age > 61, oldest first, three to a page");
  const query = { pageSize: 3, filter: "age > 61", orderBy: "age desc" };
  let pageToken: string | undefined = "";
  while (pageToken !== undefined) pageToken = await tellPage(users, { ...query, pageToken });
}

function someone(
  name: string,
  age: number,
): { user: { name: string; email: string; age: number } } {
  return { user: { name, email: `${name.toLowerCase() || "nobody"}@example.com`, age } };
}

async function tellPage(
  users: Client<typeof UserService>,
  request: { pageSize: number; filter: string; orderBy: string; pageToken: string },
): Promise<string | undefined> {
  const found: string[] = [];
  let next: string | undefined;
  for await (const { item } of users.listUsers(request)) {
    if (item.case === "user") found.push(`${item.value.name} (${item.value.age})`);
    if (item.case === "nextPageToken") next = item.value;
  }
  tell(
    `${found.join(", ")}${next === undefined ? "; the end" : `; next page: ${next.slice(0, 16)}...`}`,
  );
  return next;
}
