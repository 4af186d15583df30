// End to end: what operators see of the service. Its health, its contract, and nothing that is not switched on.
import { Code, createChannel, createClient } from "@trunkline/client";
import { reflect } from "@trunkline/client/reflection";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@trunkline/core/health";
import { describe, expect, it } from "vitest";
import { UserService } from "../../src/gen/trunkline/examples/users/v1/user_service_pb.js";
import type { TestServer } from "../test-service.js";

/** The tests, on the server that `server` returns. */
export function describeOperating(server: () => TestServer): void {
  describe("standard services", () => {
    it("tell of health, for the service as a whole and for each part", async () => {
      await using channel = createChannel(server().address);
      const health = createClient(Health, channel);
      const serving = { status: Status.SERVING };
      expect(await health.check({})).toMatchObject(serving);
      expect(await health.check({ service: UserService.typeName })).toMatchObject(serving);
      await expect(health.check({ service: "no.Such" })).rejects.toMatchObject({
        code: Code.NOT_FOUND,
      });
    });

    it("tell of the contract, and of no connections", async () => {
      await using channel = createChannel(server().address);
      const { services } = await reflect(channel);
      expect(services.map(({ typeName }) => typeName)).toEqual([
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "trunkline.examples.files.v1.FileService",
        UserService.typeName,
      ]);
    });
  });
}
