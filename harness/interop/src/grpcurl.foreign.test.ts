// grpcurl calls the user service with nothing but reflection to go by.
import { type RunResult, run } from "@trunkline/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { prepareGrpcurl } from "./foreign/toolchains.js";
import { startUserService, type UserService } from "./user-service.js";

const users = "trunkline.examples.users.v1.UserService";
/** The service has a database to start, maybe on busy cores. */
const START_TIMEOUT_MS = 60_000;
let grpcurl: string;
let service: UserService;

beforeAll(async () => {
  grpcurl = await prepareGrpcurl();
  service = await startUserService();
}, START_TIMEOUT_MS);
afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

function curl(args: readonly string[], ...request: readonly string[]): Promise<RunResult> {
  return run(grpcurl, ["-plaintext", ...args, service.address, ...request]);
}

it("lists and describes services", async () => {
  const list = await curl([], "list");
  expect(list.stdout.split("\n")).toEqual(
    expect.arrayContaining([users, "grpc.reflection.v1.ServerReflection"]),
  );
  const described = await curl([], "describe", `${users}.GetUser`);
  expect(described.stdout).toContain("rpc GetUser");
});

it("creates a user and reads it back", async () => {
  const user = { name: "Grace", email: "grace@example.com", age: 85 };
  const created = await curl(["-d", JSON.stringify({ user })], `${users}/CreateUser`);
  expect(created).toMatchObject({ code: 0, stderr: "" });
  const { id } = JSON.parse(created.stdout).user;
  const read = await curl(["-d", JSON.stringify({ id })], `${users}/GetUser`);
  expect(JSON.parse(read.stdout).user).toMatchObject({ id, ...user });
});

it("shows a failure with its details", async () => {
  const id = "00000000-0000-4000-8000-000000000000";
  const failed = await curl(["-d", JSON.stringify({ id })], `${users}/GetUser`);
  expect(failed.code).toBe(64 + 5);
  expect(failed.stderr).toContain("Code: NotFound");
  expect(failed.stderr).toContain("google.rpc.ResourceInfo");
  // Readable, because reflection knows the standard details: their names rather than base64.
  expect(failed.stderr).toContain('"resourceName"');
});
