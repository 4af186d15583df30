// `dns:` targets against a DNS server of the test: answers of every kind, changes, and what is asked of whom.
import { createServer } from "node:net";
import { FakeClock } from "@trunkline/core/testing";
import { afterEach, expect, it } from "vitest";
import { Code, createManualResolver, silentLog } from "../src/index.js";
import { closeAll, connect, opened, reply, serve } from "./connected-client.js";
import { DnsStandIn, type StandInRecord } from "./dns-stand-in.js";
import { answerWith, type RawServer } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

afterEach(closeAll);

async function startDns(): Promise<DnsStandIn> {
  const dns = await new DnsStandIn().listen();
  opened.push(dns);
  return dns;
}

/** A server on a port of one of the addresses of loopback. */
async function serveOn(host: string, port = 0): Promise<{ server: RawServer; port: number }> {
  const server = serve(answerWith(reply));
  const listener = createServer((socket) => server.accept(socket));
  await new Promise<void>((resolve) => listener.listen(port, host, resolve));
  opened.push({ close: () => new Promise((resolve) => listener.close(resolve)) });
  return { server, port: (listener.address() as { port: number }).port };
}

/** Turns of the event loop until `condition` holds. */
async function turnsUntil(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition() && turn < 100_000; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(condition()).toBe(true);
}

const loopback: StandInRecord = { A: "127.0.0.1" };

it("asks the server that the target names, for both families and the service config", async () => {
  const dns = await startDns();
  const { server, port } = await serveOn("127.0.0.1");
  dns.answers = { "A users.example": [loopback] };
  const { client } = connect(`dns://${dns.address}/users.example:${port}`);
  await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
  expect(server.streams[0]?.header(":authority")).toBe(`users.example:${port}`);
  expect(dns.asked.map(({ question }) => question).sort()).toEqual([
    "A users.example",
    "AAAA users.example",
    "TXT _grpc_config.users.example",
  ]);
});

it("asks the servers of the option dns.servers", async () => {
  const dns = await startDns();
  const { port } = await serveOn("127.0.0.1");
  dns.answers = { "A users.example": [loopback] };
  const { client } = connect(`users.example:${port}`, { dns: { servers: [dns.address] } });
  await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
});

it("asks the system alone about localhost, whatever name servers there are", async () => {
  const dns = await startDns();
  const { port } = await serveOn("127.0.0.1");
  const { client } = connect(`localhost:${port}`, { dns: { servers: [dns.address] } });
  await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
  expect(dns.asked).toEqual([]);
});

it("asks nobody about IP addresses", async () => {
  const dns = await startDns();
  const { port } = await serveOn("127.0.0.1");
  const { client } = connect(`dns://${dns.address}/127.0.0.1:${port}`);
  await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
  expect(dns.asked).toEqual([]);
});

it("asks again over TCP when an answer is truncated", async () => {
  const dns = await startDns();
  const { port } = await serveOn("127.0.0.1");
  dns.truncates = true;
  dns.answers = { "A users.example": [loopback] };
  const { client } = connect(`dns://${dns.address}/users.example:${port}`);
  await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
  expect(dns.asked).toContainEqual({ question: "A users.example", over: "tcp" });
});

it("uses one family when the other one cannot be found", async () => {
  const dns = await startDns();
  const { port } = await serveOn("127.0.0.1");
  dns.answers = { "A users.example": [loopback], "AAAA users.example": "SERVFAIL" };
  const { client } = connect(`dns://${dns.address}/users.example:${port}`);
  await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
});

it.each([
  // Deno has one code for both.
  ["SERVFAIL", /query(A|Aaaa) E(SERVFAIL|NOTFOUND) users.example/, 10_000],
  ["NXDOMAIN", /query(A|Aaaa) ENOTFOUND users.example/, 10_000],
  ["silence", /no answer within 150 ms \(option dns.timeoutMs\)/, 150],
] as const)("%s fails calls with host, server, code and time", async (answer, text, timeoutMs) => {
  const dns = await startDns();
  dns.answers = { "A users.example": answer, "AAAA users.example": answer };
  const target = `dns://${dns.address}/users.example:1`;
  const { client } = connect(target, { dns: { timeoutMs } });
  const error = await failureOf(client.unary({}));
  expect(error.code).toBe(Code.UNAVAILABLE);
  expect(error.message).toMatch(text);
  expect(error.message).toContain(`no addresses of "${target}": cannot find users.example: `);
  expect(error.message).toMatch(new RegExp(`; asked DNS server ${dns.address}, \\d+ ms$`));
});

it("a host without addresses is an error, too", async () => {
  const dns = await startDns();
  const { client } = connect(`dns://${dns.address}/users.example:1`);
  const error = await failureOf(client.unary({}));
  // Not every runtime tells a host without addresses from one that does not exist.
  expect(error.message).toMatch(
    /cannot find users.example: (it has no address|query(A|Aaaa) ENOTFOUND users.example); asked DNS/,
  );
});

it("looks again when the time to live is over, and finds what is new", async () => {
  const dns = await startDns();
  const clock = new FakeClock(Date.now());
  const first = await serveOn("127.0.0.1");
  const second = await serveOn("127.0.0.2", first.port);
  dns.answers = { "A users.example": [{ ...loopback, ttl: 0 }] };
  const { client } = connect(`dns://${dns.address}/users.example:${first.port}`, {
    clock,
    serviceConfig: { loadBalancingConfig: [{ round_robin: {} }] },
  });
  await client.unary({});
  dns.answers = { "A users.example": [loopback, { A: "127.0.0.2" }] };
  await turnsUntil(() => clock.pending.includes(30_000));
  clock.advance(30_000);
  for (let call = 0; call < 1000 && second.server.streams.length === 0; call++) {
    await client.unary({});
  }
  expect(second.server.streams.length).toBe(1);
  expect(first.server.connections.length).toBe(1);
  await turnsUntil(() => clock.pending.includes(300_000));
  dns.answers = { "A users.example": [{ A: "127.0.0.2" }] };
  clock.advance(300_000);
  await turnsUntil(() => first.server.connections[0]!.isClosed);
  await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
});

it("looks again at a fixed pace when told to", async () => {
  const dns = await startDns();
  const clock = new FakeClock(Date.now());
  const { port } = await serveOn("127.0.0.1");
  dns.answers = { "A users.example": [loopback] };
  const dnsOptions = { refreshMs: 15_000 };
  const target = `dns://${dns.address}/users.example:${port}`;
  const { client } = connect(target, { clock, dns: dnsOptions });
  await client.unary({});
  const asks = (): number =>
    dns.asked.filter(({ question }) => question === "A users.example").length;
  for (let time = 1; time <= 3; time++) {
    await turnsUntil(() => clock.pending.includes(15_000));
    expect(asks()).toBe(time);
    clock.advance(15_000);
  }
});

it("keeps what it found while the server fails, and tries again by the backoff", async () => {
  const dns = await startDns();
  const clock = new FakeClock(Date.now());
  const { port } = await serveOn("127.0.0.1");
  dns.answers = { "A users.example": [loopback] };
  const target = `dns://${dns.address}/users.example:${port}`;
  const { client } = connect(target, { clock, backoff: { jitter: 0 }, log: silentLog });
  await client.unary({});
  dns.answers = { "A users.example": "SERVFAIL", "AAAA users.example": "SERVFAIL" };
  await turnsUntil(() => clock.pending.includes(300_000));
  clock.advance(300_000);
  await turnsUntil(() => clock.pending.includes(1000));
  await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
});

it("names a DNS server that nobody runs", async () => {
  const dns = await startDns();
  await dns.close();
  opened.splice(opened.indexOf(dns), 1);
  const { client } = connect(`dns://${dns.address}/users.example:1`);
  const error = await failureOf(client.unary({}));
  expect(error.message).toMatch(
    new RegExp(`cannot find users.example: .+; asked DNS server ${dns.address}, \\d+ ms$`),
  );
});

it("servers of the application's own may be added and removed", async () => {
  const servers = [await serveOn("127.0.0.1"), await serveOn("127.0.0.1")] as const;
  const own = createManualResolver();
  const { client } = connect("manual:///users", {
    resolvers: { manual: own },
    serviceConfig: { loadBalancingConfig: [{ round_robin: {} }] },
  });
  const tell = (...ports: number[]): void =>
    own.update({
      endpoints: ports.map((port) => ({ addresses: [{ kind: "tcp", host: "127.0.0.1", port }] })),
    });
  const [first, second] = servers;
  tell(first.port);
  await client.unary({});
  tell(first.port, second.port);
  for (let call = 0; call < 1000 && second.server.streams.length === 0; call++) {
    await client.unary({});
  }
  expect(second.server.streams.length).toBe(1);
  expect(first.server.connections.length).toBe(1);
  tell(second.port);
  await turnsUntil(() => first.server.connections[0]!.isClosed);
  const before = first.server.streams.length;
  await client.unary({});
  expect(first.server.streams.length).toBe(before);
  own.update({ endpoints: [] });
  const error = await failureOf(client.unary({}));
  expect(error.code).toBe(Code.UNAVAILABLE);
  expect(error.message).toContain("manual:///users");
});

it("finds servers by SRV: ports, priorities, and the domain as authority", async () => {
  const dns = await startDns();
  const wanted = await serveOn("127.0.0.1");
  const spare = await serveOn("127.0.0.1");
  dns.answers = {
    "SRV _grpc._tcp.users.example": [
      { SRV: [20, 1, spare.port, "b.users.example"] },
      { SRV: [10, 1, wanted.port, "a.users.example"] },
    ],
    "A a.users.example": [loopback],
    "A b.users.example": [loopback],
  };
  const { client } = connect(`dns://${dns.address}/_grpc._tcp.users.example`, {
    serviceConfig: { loadBalancingConfig: [{ round_robin: {} }] },
  });
  for (let call = 0; call < 4; call++) await client.unary({});
  expect(wanted.server.streams.length).toBe(4);
  expect(spare.server.connections.length).toBe(0);
  expect(wanted.server.streams[0]?.header(":authority")).toBe("users.example");
});

it("takes the service config that is meant for it from TXT records", async () => {
  const dns = await startDns();
  const { port } = await serveOn("127.0.0.1");
  const choices = [
    { clientLanguage: ["go"], serviceConfig: {} },
    { percentage: 0, serviceConfig: {} },
    { clientHostname: ["x"], serviceConfig: {} },
    {
      clientLanguage: ["Node"],
      serviceConfig: { methodConfig: [{ name: [{}], maxRequestMessageBytes: 1 }] },
    },
  ];
  dns.answers = {
    "A users.example": [loopback],
    "TXT _grpc_config.users.example": [
      { TXT: ["v=spf1 -all"] },
      // In one piece: Bun gives no more than the first of a record.
      { TXT: [`grpc_config=${JSON.stringify(choices)}`] },
    ],
  };
  const { client } = connect(`dns://${dns.address}/users.example:${port}`);
  const error = await failureOf(client.unary({ text: "too long" }));
  expect(error.code).toBe(Code.RESOURCE_EXHAUSTED);
});
