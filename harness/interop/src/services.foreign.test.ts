// Health, reflection and channelz: the tools that people use against our server, our client against other servers.
import { Code, createChannel, createClient } from "@trunkline/client";
import { reflect } from "@trunkline/client/reflection";
import { createServer, type Server, silentLog } from "@trunkline/server";
import { type AdminServices, addAdminServices } from "@trunkline/server/admin";
import { type RunResult, run, startPeer } from "@trunkline/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goServer, pythonProgram } from "./foreign/peers.js";
import { startProgram } from "./foreign/program.js";
import { prepareGrpcui, prepareGrpcurl, prepareHealthProbe } from "./foreign/toolchains.js";
import { InteropService } from "./gen/trunkline/interop/v1/interop_pb.js";
import type { InteropServer } from "./peer.js";

const name = InteropService.typeName;
const START_TIMEOUT_MS = 60_000;

describe("our server", () => {
  let server: Server;
  let address: string;
  let admin: AdminServices;

  beforeAll(async () => {
    server = createServer({ log: silentLog });
    server.addService(InteropService, {});
    admin = addAdminServices(server);
    ({ address } = await server.listen({ host: "127.0.0.1", port: 0 }));
  });
  afterAll(() => server.shutdown({ graceMs: 0 }));

  it("is probed by grpc-health-probe", async () => {
    const program = await prepareHealthProbe();
    const probe = (...args: string[]): Promise<RunResult> =>
      run(program, [`-addr=${address}`, ...args]);
    expect(await probe()).toMatchObject({ code: 0, stderr: "status: SERVING\n" });
    expect(await probe(`-service=${name}`)).toMatchObject({ code: 0 });
    admin.health.setStatus(InteropService, "NOT_SERVING");
    expect(await probe(`-service=${name}`)).toMatchObject({ code: 4 });
    admin.health.clearStatus(InteropService);
    expect(await probe("-service=no.Such")).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("NotFound"),
    });
  });

  it("is listed, described and called by grpcurl", async () => {
    const program = await prepareGrpcurl();
    const curl = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await run(program, ["-plaintext", ...args]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return stdout;
    };
    expect((await curl(address, "list")).trim().split("\n")).toEqual([
      "grpc.channelz.v1.Channelz",
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      name,
    ]);
    expect(await curl(address, "describe", name)).toContain("rpc Unary");
    const list = JSON.parse(await curl(address, "grpc.health.v1.Health/List"));
    expect(list.statuses).toEqual({ "": { status: "SERVING" }, [name]: { status: "SERVING" } });
    const found = JSON.parse(await curl(address, "grpc.channelz.v1.Channelz/GetServers"));
    expect(found).toMatchObject({ server: [{ listenSocket: [{ name: address }] }], end: true });
  });

  it(
    "is shown by grpcui",
    async () => {
      const args = ["-plaintext", "-open-browser=false", "-port=0", address];
      const page = await startPeer({
        command: await prepareGrpcui(),
        args,
        readyLine: /^gRPC Web UI available at (http:\S+)/,
        startTimeoutMs: START_TIMEOUT_MS,
      });
      const response = await fetch(page.ready, { signal: AbortSignal.timeout(20_000) });
      const html = await response.text();
      expect(response.status).toBe(200);
      for (const service of [name, "grpc.health.v1.Health"]) expect(html).toContain(service);
      await page.stop();
    },
    START_TIMEOUT_MS,
  );

  it("answers the clients of grpcio", async () => {
    const { command, args, env } = await pythonProgram("services_client.py");
    const options = env === undefined ? {} : { env };
    const { code, stdout, stderr } = await run(command, [...args, address], options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const answers = JSON.parse(stdout);
    expect(answers).toMatchObject({
      health: { check: 1, watch: 3 },
      reflection: {
        services: expect.arrayContaining([name]),
        methods: InteropService.methods.map((method) => method.name),
      },
      channelz: { listening: [address] },
    });
    expect(answers.channelz.streams).toBeGreaterThan(0);
    expect(answers.channelz.remote).toBeGreaterThan(0);
  });
});

describe.each([
  ["grpc-go", "v1", () => goServer.start()],
  ["grpcio", "v1alpha", async () => startProgram(await pythonProgram("services_server.py"))],
] as const)("our reflection client and %s", (peer, version, start) => {
  let server: InteropServer;
  beforeAll(async () => {
    server = await start();
  }, START_TIMEOUT_MS);
  afterAll(() => server.stop());

  it("health and channelz are called by what the server tells of them", async () => {
    await using channel = createChannel(`127.0.0.1:${server.port}`, { log: silentLog });
    const contract = await reflect(channel);
    expect(contract).toMatchObject({ version, missing: [] });
    const health = createClient(contract.getService("grpc.health.v1.Health"), channel);
    expect(await health.check({})).toMatchObject({ status: 1 });
    await expect(health.check({ service: "no.Such" })).rejects.toMatchObject({
      code: Code.NOT_FOUND,
    });
    const channelz = createClient(contract.getService("grpc.channelz.v1.Channelz"), channel);
    const { server: servers } = (await channelz.getServers({})) as unknown as { server: unknown[] };
    expect(servers).toHaveLength(1);
    if (peer === "grpc-go") expect(contract.getService(name).methods).toHaveLength(6);
    else expect(await health.check({ service: "some.Service" })).toMatchObject({ status: 2 });
  });
});
