// What happens when a PostgreSQL server drops connections: nothing is lost, and calls fail as they should.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openOnServer, runOn, type TestDatabase } from "./test-databases.js";
import { createSome, readSome, startTestServer, type TestServer } from "./test-service.js";

/** For what happens in its own time on a busy machine. */
const patience = { timeout: 10_000 };

const url = process.env.DATABASE_URL_TEST;

/** Ends the connections of the service that `condition` selects. */
async function cutConnections(server: TestServer, condition: string): Promise<void> {
  const [, name] = /\/(\w+)$/.exec(server.database.description)!;
  const select = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity`;
  await runOn(url!, `${select} WHERE datname = '${name}' AND ${condition}`);
}

describe.skipIf(!url)("with a PostgreSQL server that drops connections", () => {
  let source: TestDatabase;
  let server: TestServer;
  beforeAll(async () => {
    source = await openOnServer(url!);
    server = await startTestServer(source);
  });
  afterAll(async () => {
    await server?.close();
    await source?.close();
  });

  it("watchers miss nothing while the listening connection is away", async () => {
    const user = await createSome(server);
    await using watch = server.users.watchUsers.open();
    await watch.send({ userIds: [user.id] });
    await watch.headers;
    await cutConnections(server, "application_name LIKE '%listening'");
    await server.users.updateUser({ user: { id: user.id, name: "While away" } });
    await server.users.updateUser({ user: { id: user.id, name: "And again" } });
    const events = await readSome(watch.messages, 2);
    expect(events.map((it) => it.user!.name)).toEqual(["While away", "And again"]);
    await server.users.updateUser({ user: { id: user.id, name: "Back" } });
    expect((await readSome(watch.messages, 1))[0]!.user!.name).toBe("Back");
  });

  it("calls find a new connection when idle ones were dropped", async () => {
    const user = await createSome(server);
    await cutConnections(server, "application_name NOT LIKE '%listening'");
    const read = (): Promise<unknown> => server.users.getUser({ id: user.id });
    // The first may meet a connection whose end has not been noticed yet: UNAVAILABLE, nothing else.
    await read().catch((error) => expect(error).toMatchObject({ code: 14 }));
    await expect.poll(read, patience).toMatchObject({ user: { id: user.id } });
  });

  it("calls fail with UNAVAILABLE while the database takes no connections", async () => {
    const [, name] = /\/(\w+)$/.exec(server.database.description)!;
    await runOn(url!, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await cutConnections(server, "true");
    const read = (): Promise<unknown> => server.users.getUser({ id: "x" }).catch((it) => it);
    await expect
      .poll(read, patience)
      .toMatchObject({ code: 14, message: "the database cannot be reached" });
    await runOn(url!, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await expect.poll(read, patience).toMatchObject({ code: 5 });
    // The listening connection comes back as well.
    const user = await createSome(server);
    await using watch = server.users.watchUsers.open();
    await watch.send({ userIds: [user.id] });
    await watch.headers;
    await server.users.updateUser({ user: { id: user.id, name: "Back" } });
    expect((await readSome(watch.messages, 1))[0]!.user!.name).toBe("Back");
  });
});
