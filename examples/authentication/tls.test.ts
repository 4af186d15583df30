// The servers and channels of the guide on TLS.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Channel, createClient } from "@trunkline/client";
import { createServer, type Server, silentLog, type TlsEvent } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, expect, it } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import {
  connectByName,
  connectFromFolder,
  createNamedCredentials,
  describeEvent,
  rotate,
  serveFromFolder,
} from "./tls.js";

const authority = createAuthority();
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function createGreeter(): Server {
  const server = createServer({ log: silentLog });
  closing.push(() => server.shutdown({ graceMs: 0 }));
  return server.addService(GreeterService, {
    sayHello: (_request, { peer }) => ({
      greeting: `${peer.tls?.subjectName} ${peer.tls?.serverName} ${peer.tls?.protocol}`,
    }),
  });
}

async function greet(channel: Channel): Promise<string> {
  closing.unshift(() => channel.close());
  const { greeting } = await createClient(GreeterService, channel).sayHello({});
  return greeting;
}

function makeFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-tls-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const { cert, key } = authority.issue(name, ["localhost", "127.0.0.1"]);
  const files = { "tls.crt": cert, "tls.key": key, "ca.crt": authority.cert };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

it("files are followed", async () => {
  const events: TlsEvent[] = [];
  const server = createGreeter();
  const folder = makeFolder("server");
  const credentials = await serveFromFolder(server, folder, (event) => events.push(event));
  closing.push(() => credentials.close());
  const target = server.addresses[0]!.address;
  const channel = await connectFromFolder(target, makeFolder("client"));
  expect(await greet(channel)).toBe("CN=client undefined TLSv1.3");
  rotate(credentials, authority.issue("next", ["127.0.0.1"]));
  expect(events.map(describeEvent)).toEqual(["now in force: CN=next"]);
  writeFileSync(join(folder, "tls.key"), "nonsense");
  await expect(credentials.reload()).rejects.toThrow("is not PEM");
  expect(describeEvent(events.at(-1)!)).toMatch(
    /^kept what was in force: TLS key file .* is not PEM/,
  );
});

it("names have certificates of their own", async () => {
  const server = createGreeter();
  const users = authority.issue("users", ["users.example"]);
  const orders = authority.issue("orders", ["orders.example"]);
  const { address } = await server.listen({ credentials: createNamedCredentials(users, orders) });
  expect(await greet(connectByName(address, authority.cert))).toBe(
    "undefined orders.example TLSv1.3",
  );
});
