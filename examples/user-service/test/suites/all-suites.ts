// Runs every suite on one database, with two servers that share it.
import { afterAll, beforeAll, describe } from "vitest";
import type { TestDatabase } from "../test-databases.js";
import { startTestServer, type TestServer } from "../test-service.js";
import { describeBulk } from "./bulk.js";
import { describeChat } from "./chat.js";
import { describeFiles } from "./files.js";
import { describeListing } from "./listing.js";
import { describeOperating } from "./operating.js";
import { describeUsers } from "./users.js";
import { describeWatching } from "./watching.js";

/** @param open makes the database; called once. */
export function describeService(name: string, open: () => Promise<TestDatabase>): void {
  describe(name, () => {
    let database: TestDatabase;
    const servers: TestServer[] = [];
    beforeAll(async () => {
      database = await open();
      servers.push(...(await Promise.all([startTestServer(database), startTestServer(database)])));
    }, 60_000);
    afterAll(async () => {
      await Promise.all(servers.map((it) => it.close()));
      await database?.close();
    }, 60_000);
    const first = (): TestServer => servers[0]!;
    const second = (): TestServer => servers[1]!;
    describeUsers(first);
    describeListing(first);
    describeBulk(first);
    describeWatching(first, second);
    describeChat(first, second);
    describeFiles(first);
    describeOperating(first);
  });
}
