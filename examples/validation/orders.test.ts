// The code of the guide to validation, run.
import { create } from "@bufbuild/protobuf";
import { type Channel, createChannel, createClient, RpcError } from "@trunkline/client";
import { afterEach, expect, it } from "vitest";
import {
  OrderService,
  PlaceOrderRequestSchema,
} from "./gen/trunkline/examples/orders/v1/order_service_pb.js";
import {
  brokenRulesOf,
  createOrderServer,
  isSound,
  openCheckedChannel,
  problemsOf,
} from "./orders.js";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const sound = {
  orderId: "0d5b3a0e-6f5e-4b1c-9d2c-0a1b2c3d4e5f",
  email: "ada@example.com",
  items: [{ sku: "ABC-0001", quantity: 2 }],
};

it.each<[string, (target: string) => Channel]>([
  ["the server", (target) => createChannel(target)],
  ["the client", openCheckedChannel],
])("%s refuses what breaks the rules, and says which", async (_, open) => {
  const server = createOrderServer();
  const { address } = await server.listen();
  closing.push(() => server.shutdown({ graceMs: 0 }));
  const channel = open(address);
  closing.push(() => channel.close());
  const orders = createClient(OrderService, channel);
  expect((await orders.placeOrder(sound)).totalCents).toBe(100n);
  const error = RpcError.from(
    await orders.placeOrder({ ...sound, email: "nobody" }).catch((reason: unknown) => reason),
  );
  expect([...problemsOf(error)]).toEqual([["email", "must be a valid email address"]]);
  expect(brokenRulesOf(error)).toEqual(["string.email"]);
});

it("tells of messages that have come by another way", () => {
  expect(isSound(create(PlaceOrderRequestSchema, sound))).toBe(true);
  expect(isSound(create(PlaceOrderRequestSchema))).toBe(false);
});
