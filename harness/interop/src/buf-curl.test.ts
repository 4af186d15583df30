// buf curl calls the user service with nothing but reflection to go by.
import { fileURLToPath } from "node:url";
import { type RunResult, run } from "@trunkline/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startUserService, type UserService } from "./user-service.js";

const buf = fileURLToPath(import.meta.resolve("@bufbuild/buf/bin/buf"));
const users = "trunkline.examples.users.v1.UserService";
const START_TIMEOUT_MS = 90_000;

describe.each(["grpc-v1", "grpc-v1alpha"])("buf curl with reflection %s", (reflection) => {
  let service: UserService;

  beforeAll(async () => {
    service = await startUserService();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    expect(await service.stop()).toBe(0);
  });

  function curl(path: string, ...args: readonly string[]): Promise<RunResult> {
    const protocol = [
      "--protocol",
      "grpc",
      "--http2-prior-knowledge",
      "--reflect-protocol",
      reflection,
    ];
    return run(process.execPath, [
      buf,
      "curl",
      ...protocol,
      ...args,
      `http://${service.address}/${path}`,
    ]);
  }

  it("lists the services and their methods", async () => {
    const services = await curl("", "--list-services");
    expect(services.stdout.split("\n")).toEqual(
      expect.arrayContaining([users, "trunkline.examples.files.v1.FileService"]),
    );
    const methods = await curl("", "--list-methods");
    expect(methods.stdout.split("\n")).toEqual(
      expect.arrayContaining([`${users}/GetUser`, `${users}/Chat`]),
    );
  });

  it("creates a user and reads it back", async () => {
    const user = { name: "Ada", email: "ada@example.com", age: 36 };
    const created = await curl(`${users}/CreateUser`, "-d", JSON.stringify({ user }));
    expect(created).toMatchObject({ code: 0, stderr: "" });
    const { id } = JSON.parse(created.stdout).user;
    const read = await curl(`${users}/GetUser`, "-d", JSON.stringify({ id }));
    expect(JSON.parse(read.stdout).user).toMatchObject({ id, ...user });
    const listed = await curl(`${users}/ListUsers`, "-d", JSON.stringify({ pageSize: 5 }));
    expect(listed.stdout).toContain(id);
  });

  it("shows a failure with its details", async () => {
    const id = "00000000-0000-4000-8000-000000000000";
    const failed = await curl(`${users}/GetUser`, "-d", JSON.stringify({ id }));
    // buf curl exits with the status code times eight.
    expect(failed.code).toBe(5 << 3);
    expect(JSON.parse(failed.stderr)).toMatchObject({
      code: "not_found",
      details: [{ type: "google.rpc.ResourceInfo" }],
    });
  });

  it("streams requests", async () => {
    const requests = ["a", "b"].map((name) => ({ user: { name, email: `${name}@example.com` } }));
    const input = requests.map((request) => JSON.stringify(request)).join("\n");
    const bulk = await curl(`${users}/BulkCreateUsers`, "-d", input);
    expect(bulk).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(bulk.stdout)).toMatchObject({ createdCount: 2 });
  });
});
