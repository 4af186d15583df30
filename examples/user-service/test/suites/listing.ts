// End to end: listing users by pages, filters and orders.
import { beforeAll, describe, expect, it } from "vitest";
import type { User } from "../../src/gen/trunkline/examples/users/v1/user_pb.js";
import {
  createSome,
  failureOf,
  fieldsOf,
  readAll,
  type TestServer,
  unique,
} from "../test-service.js";

interface Page {
  readonly users: User[];
  readonly token: string;
}

/** The tests, on the server that `server` returns. */
export function describeListing(server: () => TestServer): void {
  async function list(request: object): Promise<Page> {
    const users: User[] = [];
    let token = "";
    for (const { item } of await readAll(server().users.listUsers(request))) {
      expect(token).toBe("");
      if (item.case === "user") users.push(item.value);
      if (item.case === "nextPageToken") token = item.value;
    }
    return { users, token };
  }

  async function listAll(request: object): Promise<User[]> {
    const users: User[] = [];
    let pageToken = "";
    do {
      const page = await list({ ...request, pageToken });
      users.push(...page.users);
      pageToken = page.token;
    } while (pageToken !== "");
    return users;
  }

  describe("pages of ListUsers", () => {
    const group = unique("group");
    const filter = `metadata.group = "${group}"`;

    beforeAll(async () => {
      for (let index = 0; index < 25; index++) {
        const fields = { name: `N${index % 5}`, age: index % 7, metadata: { group } };
        await createSome(server(), fields);
      }
    });

    it.each(["", "name", "age desc, name", "email desc", "status, updated_at desc, id desc"])(
      "hold everyone once in the order %j",
      async (orderBy) => {
        const whole = await list({ filter, orderBy, pageSize: 100 });
        expect(whole.users).toHaveLength(25);
        expect(whole.token).toBe("");
        const pieces = await listAll({ filter, orderBy, pageSize: 4 });
        expect(pieces.map((it) => it.id)).toEqual(whole.users.map((it) => it.id));
      },
    );

    it("are ordered as asked", async () => {
      const { users } = await list({ filter, orderBy: "age desc, name", pageSize: 100 });
      const keys = users.map((it) => `${9 - it.age} ${it.name}`);
      expect(keys).toEqual([...keys].sort());
    });

    it("end without a token when the last user fills the page", async () => {
      expect((await list({ filter, pageSize: 25 })).token).toBe("");
      expect((await list({ filter, pageSize: 24 })).token).not.toBe("");
    });

    it("neither repeat nor skip when users come and go meanwhile", async () => {
      const first = await list({ filter, orderBy: "name", pageSize: 10 });
      await createSome(server(), { name: "A", metadata: { group } });
      await createSome(server(), { name: "Z", metadata: { group } });
      await server().users.deleteUser({ id: first.users[9]!.id });
      const rest = await list({ filter, orderBy: "name", pageSize: 100, pageToken: first.token });
      expect(rest.users.map((it) => it.name).join("")).toMatch(/^(N2){5}(N3){5}(N4){5}Z$/);
      expect(rest.users).toHaveLength(16);
      expect(rest.users.at(-1)!.name).toBe("Z");
    });

    it("hold what the read mask names", async () => {
      const { users } = await list({ filter, pageSize: 1, readMask: { paths: ["name"] } });
      expect(users[0]).toMatchObject({ id: "", email: "" });
      expect(users[0]!.name).not.toBe("");
    });

    it("may be left early", async () => {
      for await (const { item } of server().users.listUsers({ filter })) {
        expect(item.case).toBe("user");
        break;
      }
    });
  });

  describe("page tokens", () => {
    it("are refused when they are forged or belong to another query", async () => {
      await createSome(server());
      await createSome(server());
      const { token } = await list({ pageSize: 1 });
      const forged = `${token.slice(0, -2)}${token.endsWith("AA") ? "BB" : "AA"}`;
      const requests = [
        { pageToken: forged },
        { pageToken: "x" },
        { pageToken: token, filter: "age > 3" },
        { pageToken: token, orderBy: "name" },
      ];
      for (const request of requests) {
        const error = await failureOf(server().users.listUsers(request));
        expect(fieldsOf(error)).toEqual({ code: "INVALID_ARGUMENT", fields: ["page_token"] });
      }
      await list({ pageToken: token, pageSize: 2 });
    });
  });

  describe("filters", () => {
    const group = unique("filters");
    const within = (filter: string): string => `metadata.group = "${group}" AND (${filter})`;

    beforeAll(async () => {
      const common = { metadata: { group } };
      await createSome(server(), { ...common, name: "Ada", age: 36, roles: ["admin", "dev"] });
      await createSome(server(), {
        ...common,
        name: "Bo",
        age: 20,
        status: 3,
        profile: { bio: "Likes 100% of a_b\\c" },
      });
      await createSome(server(), {
        name: "Cy",
        age: 50,
        metadata: { group, "x.y": "z" },
        roles: ["dev"],
      });
    });

    it.each([
      ["age >= 21", "Ada Cy"],
      ["age = 36", "Ada"],
      ["NOT age = 36", "Bo Cy"],
      ["age < 30 OR age > 40", "Bo Cy"],
      ['status = "ACTIVE" AND age >= 21', "Ada Cy"],
      ["status = USER_STATUS_SUSPENDED", "Bo"],
      ["status != SUSPENDED", "Ada Cy"],
      ["roles:dev AND NOT roles:admin", "Cy"],
      ["roles:de", ""],
      ['name = "ada"', ""],
      ['name : "AD"', "Ada"],
      ['name > "Ada"', "Bo Cy"],
      ['profile.bio : "100% of A_B\\\\C"', "Bo"],
      ['profile.bio : "100_"', ""],
      ["metadata.x.y = z", "Cy"],
      ["metadata.x.y != z", "Ada Bo"],
      ["metadata:x.y", "Cy"],
      ['created_at > "2020-01-01T00:00:00Z"', "Ada Bo Cy"],
      ['updated_at < "2020-01-01T00:00:00Z"', ""],
      ["name = \"x' OR '1'='1\"", ""],
      ['email : "@EXAMPLE.COM"', "Ada Bo Cy"],
      ["age = 999999999", ""],
    ])("%s", async (filter, names) => {
      const { users } = await list({ filter: within(filter), orderBy: "name" });
      expect(users.map((it) => it.name).join(" ")).toBe(names);
    });

    it("compare emails without regard to case", async () => {
      const { id, email } = await createSome(server());
      const { users } = await list({ filter: `email = "${email.toUpperCase()}"` });
      expect(users.map((it) => it.id)).toEqual([id]);
      expect((await list({ filter: `id = "${id}"` })).users).toHaveLength(1);
    });
  });

  describe("ListUsers refuses", () => {
    it.each<[object, string, string]>([
      [{ pageSize: -1 }, "page_size", "must be greater than or equal to 0"],
      [{ filter: "age >" }, "filter", "at position 6"],
      [{ filter: "salary = 3" }, "filter", "`salary`"],
      [{ orderBy: "salary" }, "order_by", '"salary"'],
      [{ readMask: { paths: ["salary"] } }, "read_mask", '"salary"'],
      [{ pageToken: "x" }, "page_token", "not a token"],
    ])("%o", async (request, field, text) => {
      const error = await failureOf(server().users.listUsers(request));
      expect(fieldsOf(error)).toEqual({ code: "INVALID_ARGUMENT", fields: [field] });
      expect(error.message).toContain(text);
    });

    it("everything at once", async () => {
      const error = await failureOf(server().users.listUsers({ filter: "(", orderBy: "x" }));
      expect(fieldsOf(error).fields).toEqual(["filter", "order_by"]);
    });
  });
}
