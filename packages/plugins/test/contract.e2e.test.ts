// A server that is held against its contract: who may call what, what is an error at the start, and what is denied by default.
import { create, createFileRegistry, type DescService, setExtension } from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  MethodOptionsSchema,
  ServiceOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { createChannel, createClient, openRaw } from "@trunkline/client";
import {
  createPrincipal,
  type Interceptor,
  type Principal,
  silentLog,
  UsageError,
} from "@trunkline/core";
import { Health } from "@trunkline/core/health";
import { createServer, type Server } from "@trunkline/server";
import { addHealth } from "@trunkline/server/health";
import { addReflection } from "@trunkline/server/reflection";
import { afterEach, describe, expect, it } from "vitest";
import { authenticate } from "../src/authentication/authenticate.js";
import type { Authenticator } from "../src/authentication/authenticator.js";
import type { AccessInit } from "../src/authz/access-rule.js";
import { authorize } from "../src/authz/authorize.js";
import { authorizeByContract, type ContractOptions } from "../src/authz/authorize-by-contract.js";
import {
  AccessSchema,
  method as methodAccess,
  service as serviceAccess,
} from "../src/authz/gen/trunkline/auth/v1/options_pb.js";
import { authenticatedNames } from "../src/authz/principal-names.js";
import { NoteService } from "./gen/trunkline/examples/notes/v1/notes_pb.js";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const people: Readonly<Record<string, Principal>> = {
  alice: createPrincipal({ kind: "test", name: "alice" }),
  writer: createPrincipal({ kind: "test", name: "writer", scopes: ["notes.read", "notes.write"] }),
  admin: createPrincipal({ kind: "test", name: "admin", roles: ["admin"] }),
  auditor: createPrincipal({
    kind: "test",
    name: "auditor",
    roles: ["auditor"],
    claims: { permissions: ["notes:watch", 1] },
  }),
  both: createPrincipal({
    kind: "test",
    name: "both",
    roles: ["admin"],
    others: [createPrincipal({ kind: "x", name: "y", claims: { permissions: ["notes:watch"] } })],
  }),
};

const byName: Authenticator = {
  expects: "a name",
  authenticate: (call) => people[String(call.metadata.get("who"))],
};

function notes(server: Server): Server {
  return server.addService(NoteService, {
    getNote: () => ({ text: "text" }),
    putNote: () => ({}),
    async *watchNotes() {
      yield { id: "1" };
    },
    countNotes: () => ({ count: 1 }),
  });
}

async function connect(server: Server): Promise<ReturnType<typeof createChannel>> {
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  closing.push(() => server.shutdown({ graceMs: 0 }));
  const channel = createChannel(`127.0.0.1:${port}`);
  closing.push(() => channel.close());
  return channel;
}

function protect(options?: ContractOptions, ...more: Interceptor[]): Server {
  const contract = authorizeByContract({ log: silentLog, ...options });
  return createServer({
    log: silentLog,
    interceptors: [authenticate(byName, { publicMethods: contract.isPublic }), contract, ...more],
  });
}

async function readAll(messages: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

/** OK, or code and text. */
async function outcome(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => "OK",
    ({ code, message }) => `${code}: ${message}`,
  );
}

async function callAll(
  channel: Awaited<ReturnType<typeof connect>>,
  who: string | undefined,
): Promise<Record<string, string>> {
  const client = createClient(NoteService, channel);
  const options = { metadata: who === undefined ? {} : { who }, timeoutMs: 10_000 };
  return {
    get: await outcome(client.getNote({}, options)),
    put: await outcome(client.putNote({}, options)),
    watch: await outcome(readAll(client.watchNotes({}, options))),
    count: await outcome(client.countNotes({}, options)),
  };
}

const unknown = "16: not authenticated: expected a name";
const service = "/trunkline.examples.notes.v1.NoteService";

describe("what the contract says", () => {
  it("holds for all callers and kinds of call", async () => {
    const channel = await connect(notes(protect()));
    expect(await callAll(channel, undefined)).toEqual({
      get: unknown,
      put: unknown,
      watch: unknown,
      count: "OK",
    });
    expect(await callAll(channel, "alice")).toEqual({
      get: "OK",
      put: `7: ${service}/PutNote needs the scope notes.write, which the caller lacks`,
      watch: `7: ${service}/WatchNotes needs one of the roles auditor, admin, which the caller lacks`,
      count: "OK",
    });
    expect(await callAll(channel, "writer")).toMatchObject({ put: "OK" });
    expect(await callAll(channel, "admin")).toMatchObject({
      watch: `7: ${service}/WatchNotes needs the permission notes:watch, which the caller lacks`,
    });
    expect(await callAll(channel, "auditor")).toMatchObject({ watch: "OK" });
    expect(await callAll(channel, "both")).toMatchObject({ watch: "OK" });
  });

  it("holds without authentication before it: nobody is known", async () => {
    const server = createServer({ interceptors: [authorizeByContract()], log: silentLog });
    const channel = await connect(notes(server));
    expect(await callAll(channel, "admin")).toMatchObject({
      get: `16: ${service}/GetNote is for callers who are known`,
      count: "OK",
    });
  });

  it("holds beside a policy: both must allow", async () => {
    const policy = {
      name: "p",
      deny_rules: [{ name: "writer", source: { principals: ["test:writer"] } }],
      allow_rules: [{ name: "all" }],
    };
    const channel = await connect(
      notes(protect({}, authorize({ policy, names: authenticatedNames }))),
    );
    expect(await callAll(channel, "writer")).toMatchObject({
      put: `7: the caller is not allowed to call ${service}/PutNote`,
    });
    expect(await callAll(channel, "alice")).toMatchObject({ get: "OK", count: "OK" });
    expect((await callAll(channel, "alice")).put).toMatch(/needs the scope/);
  });

  it("may be about permissions that come from elsewhere", async () => {
    const permissionsOf = ({ name }: Principal): string[] =>
      name === "admin" ? ["notes:watch"] : [];
    const channel = await connect(notes(protect({ permissionsOf })));
    expect(await callAll(channel, "admin")).toMatchObject({ watch: "OK" });
    expect(await callAll(channel, "auditor")).not.toMatchObject({ watch: "OK" });
  });
});

describe("methods that nobody has spoken of", () => {
  it("are an error when their service is added", () => {
    const server = protect();
    expect(() => addHealth(server)).toThrow(UsageError);
    expect(() => addHealth(protect())).toThrow(
      /nobody has said who may call \/grpc.health.v1.Health\/Check, .*publicMethods/,
    );
    expect(() => addReflection(server)).toThrow(/ServerReflectionInfo/);
    expect(server.services).toEqual([]);
  });

  it("are what the options say", async () => {
    const server = protect({
      publicMethods: [Health.method.check],
      rules: [{ methods: ["/grpc.health.v1.Health/*"], access: { roles: ["admin"] } }],
    });
    addHealth(server);
    const health = createClient(Health, await connect(server));
    expect(await outcome(health.check({}))).toBe("OK");
    expect(await outcome(health.list({}))).toBe(unknown);
    expect(await outcome(health.list({}, { metadata: { who: "alice" } }))).toMatch(/^7: .*admin/);
    expect(await outcome(health.list({}, { metadata: { who: "admin" } }))).toBe("OK");
  });

  it("are denied, and the log is told, if that is wanted", async () => {
    const warnings: unknown[] = [];
    const log = { ...silentLog, warn: (...said: unknown[]) => warnings.push(said) };
    const server = protect({ unprotected: "deny", log });
    addHealth(server);
    expect(JSON.stringify(warnings)).toMatch(/denied.*Health\/Check.*Health\/Watch/);
    const health = createClient(Health, await connect(server));
    expect(await outcome(health.check({}, { metadata: { who: "admin" } }))).toBe(
      "7: nobody has said who may call /grpc.health.v1.Health/Check",
    );
  });

  it("are denied where no service has them, but for those that are named", async () => {
    const contract = authorizeByContract({ publicMethods: ["/a.B/Open"] });
    const server = createServer({
      interceptors: [contract],
      log: silentLog,
      async *unknownMethod() {
        yield new Uint8Array(1);
      },
    });
    const channel = await connect(server);
    const ask = async (path: string): Promise<string> => {
      const call = openRaw(channel, path, { timeoutMs: 10_000 });
      call.closeSend();
      return await outcome(readAll(call.messages));
    };
    expect(await ask("/a.B/Open")).toBe("OK");
    for (const path of ["/a.B/open", "/a.B/Other", "/A.B/Open", "/a.B/Open%20"]) {
      expect(await ask(path)).toMatch(/^(7|12): /);
    }
  });
});

describe("what cannot be meant", () => {
  function declare(ofService?: AccessInit, ofMethod?: AccessInit): DescService {
    const own = create(MethodOptionsSchema);
    const shared = create(ServiceOptionsSchema);
    if (ofMethod) setExtension(own, methodAccess, create(AccessSchema, toAccess(ofMethod)));
    if (ofService) setExtension(shared, serviceAccess, create(AccessSchema, toAccess(ofService)));
    const file = create(FileDescriptorProtoSchema, {
      name: "a.proto",
      syntax: "proto3",
      package: "a",
      messageType: [{ name: "M" }],
      service: [
        {
          name: "S",
          options: shared,
          method: [{ name: "Do", inputType: ".a.M", outputType: ".a.M", options: own }],
        },
      ],
    });
    return createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getService("a.S")!;
  }

  const toAccess = ({ roles = [], scopes = [], permissions = [], ...flags }: AccessInit) => ({
    public: flags.public ?? false,
    authenticated: flags.authenticated ?? false,
    roles: [...roles],
    scopes: [...scopes],
    permissions: [...permissions],
  });

  const add = (ofService?: AccessInit, ofMethod?: AccessInit, options?: ContractOptions): unknown =>
    createServer({ interceptors: [authorizeByContract(options)] }).addService(
      declare(ofService, ofMethod),
      { do: () => ({}) },
    );

  it.each<[AccessInit | undefined, AccessInit | undefined, RegExp]>([
    [{}, undefined, /service\) of a\.S says nothing/],
    [{ authenticated: true }, {}, /method\) of \/a\.S\/Do says nothing/],
    [undefined, { public: true, roles: ["a"] }, /is public, and demands something/],
    [undefined, { roles: [""] }, /roles must be a list of names/],
    [undefined, undefined, /nobody has said who may call \/a\.S\/Do/],
  ])("service %j, method %j: %s", (ofService, ofMethod, text) => {
    expect(() => add(ofService, ofMethod)).toThrow(UsageError);
    expect(() => add(ofService, ofMethod)).toThrow(text);
  });

  it("is a method that options and contract speak of both", () => {
    expect(() => add({ roles: ["a"] }, undefined, { publicMethods: ["/a.S/Do"] })).toThrow(
      /its contract says already/,
    );
    expect(() => add({ roles: ["a"] }, undefined, { publicMethods: ["/a.S/*"] })).not.toThrow();
    expect(() => add(undefined, undefined, { publicMethods: ["/a.S/*"] })).not.toThrow();
  });

  it.each<[ContractOptions, RegExp]>([
    [{ unprotected: "allow" as never }, /"error" or "deny"/],
    [{ publicMethods: "x" as never }, /publicMethods/],
    [{ publicMethods: ["a.S/Do"] }, /neither/],
    [{ rules: [{ methods: ["/a.S/*"], access: {} }] }, /rules\[0\] says nothing/],
    [{ permissionsOf: 1 as never }, /permissionsOf/],
  ])("%j", (options, text) => {
    expect(() => authorizeByContract(options)).toThrow(UsageError);
    expect(() => authorizeByContract(options)).toThrow(text);
  });
});
