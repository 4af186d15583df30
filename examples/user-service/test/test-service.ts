// A running service and clients for it, as the end-to-end tests use them.
import {
  type Channel,
  type Client,
  Code,
  createChannel,
  createClient,
  RpcError,
} from "@trunkline/client";
import { BadRequestSchema, ResourceInfoSchema } from "@trunkline/core";
import { validate } from "@trunkline/plugins/validate";
import { silentLog } from "@trunkline/server";
import { FileService } from "../src/gen/trunkline/examples/files/v1/file_service_pb.js";
import type { User } from "../src/gen/trunkline/examples/users/v1/user_pb.js";
import { UserService } from "../src/gen/trunkline/examples/users/v1/user_service_pb.js";
import type { Database } from "../src/storage/driver/database.js";
import { createUserApplication, type UserApplication } from "../src/user-application.js";
import type { TestDatabase } from "./test-databases.js";

/** The largest file that the service under test takes. */
export const testMaxFileBytes: number = 3 * 1024 * 1024;

/** One server with its clients. */
export interface TestServer {
  readonly users: Client<typeof UserService>;
  readonly files: Client<typeof FileService>;
  readonly database: Database;
  readonly address: string;
  readonly application: UserApplication;
  close(): Promise<void>;
}

/** Starts one server on the database. */
export async function startTestServer(source: TestDatabase): Promise<TestServer> {
  const database = await source.connect();
  const serverOptions = { interceptors: [validate()], log: silentLog };
  const options = { database, maxFileBytes: testMaxFileBytes, serverOptions };
  const application = await createUserApplication(options);
  const { address } = await application.server.listen();
  const channel: Channel = createChannel(address);
  return {
    users: createClient(UserService, channel),
    files: createClient(FileService, channel),
    database,
    address,
    application,
    async close() {
      await channel.close();
      await application.close({ graceMs: 1000 });
    },
  };
}

let lastNumber = 0;

/** A text that no other test uses. */
export function unique(prefix: string): string {
  lastNumber += 1;
  return `${prefix}${lastNumber}`;
}

/** Fields of a user that is well formed and has an email of its own. */
export function someUser<F extends object>(fields?: F): { name: string; email: string } & F {
  return { name: "Ada", email: `${unique("user")}@example.com`, ...(fields as F) };
}

/** Creates a user. */
export async function createSome(server: TestServer, fields?: object): Promise<User> {
  const { user } = await server.users.createUser({ user: someUser(fields) });
  return user!;
}

/** The error with which the call fails. */
export async function failureOf(
  call: Promise<unknown> | AsyncIterable<unknown>,
): Promise<RpcError> {
  try {
    if (Symbol.asyncIterator in call) await readAll(call);
    else await call;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error("the call did not fail");
}

/** The code of a failure and the fields it complains about. */
export function fieldsOf(error: RpcError): { code: string; fields: string[] } {
  const violations = error.findDetails(BadRequestSchema).flatMap((it) => it.fieldViolations);
  return { code: nameOf(error), fields: violations.map((it) => it.field) };
}

/** The code of a failure and the resource it names. */
export function resourceOf(error: RpcError): { code: string; type: string; name: string } {
  const [resource] = error.findDetails(ResourceInfoSchema);
  return {
    code: nameOf(error),
    type: resource?.resourceType ?? "",
    name: resource?.resourceName ?? "",
  };
}

function nameOf(error: RpcError): string {
  return Object.entries(Code).find(([, code]) => code === error.code)![0];
}

/** Everything that an iterable yields. */
export async function readAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The next `count` items; the iterable can be read on. */
export async function readSome<T>(items: AsyncIterator<T>, count: number): Promise<T[]> {
  const some: T[] = [];
  while (some.length < count) {
    const { done, value } = await items.next();
    if (done) throw new Error(`the stream ended after ${some.length} of ${count} items`);
    some.push(value);
  }
  return some;
}
