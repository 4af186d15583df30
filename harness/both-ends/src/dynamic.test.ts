// Client and server of a contract that nobody has generated code for.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, createClient } from "@trunkline/client";
import { jsonFormat } from "@trunkline/client/json";
import { loadProto } from "@trunkline/schema";
import { afterEach, expect, it } from "vitest";
import { collect, connect, endBoth, serve } from "./both-ends.js";

afterEach(endBoth);

const contract = `
syntax = "proto3";
package zoo.v1;
message Animal { string name = 1; int32 legs = 2; map<string, int64> friends = 3; }
message Query { optional int32 min_legs = 1; }
service Zoo {
  rpc Add(Animal) returns (Animal);
  rpc List(Query) returns (stream Animal);
}
`;

it.each([
  ["buf", "proto"],
  ["protobufjs", "proto"],
  ["protobufjs", "json"],
] as const)("read by %s, spoken as %s", async (compiler, format) => {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-zoo-"));
  await writeFile(join(folder, "zoo.proto"), contract);
  const service = (await loadProto("zoo.proto", { includePaths: [folder], compiler })).getService(
    "zoo.v1.Zoo",
  );
  await rm(folder, { recursive: true });
  const animals: object[] = [];
  const { server, target } = await serve(undefined, { formats: [jsonFormat()] });
  server.addService(service, {
    add(animal: object) {
      animals.push(animal);
      return animal;
    },
    list: () => animals,
  });
  const { channel } = connect(target, format === "json" ? { format: jsonFormat() } : {});
  const zoo = createClient(service, channel);
  const added = await zoo.add({ name: "Leo", legs: 4, friends: { ada: 7n } });
  expect(added).toMatchObject({ name: "Leo", legs: 4, friends: { ada: 7n } });
  expect(await collect(zoo.list({ minLegs: 2 }))).toHaveLength(1);
  await expect(zoo.add({ legs: "four" })).rejects.toMatchObject({ code: Code.INTERNAL });
});
