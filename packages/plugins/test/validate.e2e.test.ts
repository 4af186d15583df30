// Rules of a contract over sockets: all kinds of calls, both ends, both directions, and what clients are told.
import {
  create,
  createFileRegistry,
  type DescService,
  fromBinary,
  type MessageInitShape,
  setExtension,
} from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  MessageOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import {
  MessageRulesSchema,
  message,
  ViolationsSchema,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { type Channel, createChannel, createClient } from "@trunkline/client";
import { BadRequestSchema, Code, RpcError, silentLog, UsageError } from "@trunkline/core";
import { createServer, type Interceptor, type ServiceImplementation } from "@trunkline/server";
import { afterEach, describe, expect, it } from "vitest";
import { validate } from "../src/validate/validate.js";
import {
  OrderService,
  type PlaceOrderRequestSchema,
} from "./validate/gen/trunkline/examples/orders/v1/order_service_pb.js";

const quiet = { log: silentLog };
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Pair {
  readonly orders: ReturnType<typeof createClient<typeof OrderService>>;
  /** What handlers were given, and what they saw of a stream that ended badly. */
  readonly handled: unknown[];
}

async function start(
  ends: { readonly server?: Interceptor[]; readonly client?: Interceptor[] },
  changed: ServiceImplementation<typeof OrderService> = {},
): Promise<Pair> {
  const handled: unknown[] = [];
  const server = createServer({ interceptors: ends.server ?? [], log: silentLog });
  server.addService(OrderService, {
    placeOrder(request) {
      handled.push(request.orderId);
      return { totalCents: 100n };
    },
    async *listOrders({ email }) {
      handled.push(email);
      yield { orderId: "" };
    },
    async addItems(requests) {
      let count = 0;
      for await (const { item } of requests) {
        handled.push(item?.sku);
        count++;
      }
      return { count };
    },
    async *quoteItems(requests) {
      for await (const { share } of requests) yield { priceCents: BigInt(share) };
    },
    countOrders: () => ({ count: 1n }),
    ...changed,
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  closing.push(() => server.shutdown({ graceMs: 0 }));
  const channel: Channel = createChannel(`127.0.0.1:${port}`, { interceptors: ends.client ?? [] });
  closing.push(() => channel.close());
  return { orders: createClient(OrderService, channel), handled };
}

const good = {
  orderId: "0d5b3a0e-6f5e-4b1c-9d2c-0a1b2c3d4e5f",
  email: "ada@example.com",
  items: [{ sku: "ABC-0001", quantity: 1 }],
} satisfies MessageInitShape<typeof PlaceOrderRequestSchema>;
const bad = { ...good, email: "nobody", items: [...good.items, { sku: "abc", quantity: 101 }] };

async function failureOf(outcome: Promise<unknown>): Promise<RpcError> {
  const error = await outcome.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RpcError);
  return error as RpcError;
}

async function drain(messages: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

describe.each([
  ["server", { server: [validate(quiet)] }],
  ["client", { client: [validate(quiet)] }],
  ["server, among other interceptors", { server: [(call, next) => next(call), validate(quiet)] }],
] satisfies [string, Parameters<typeof start>[0]][])("on the %s", (_end, ends) => {
  it("lets good requests pass, and names the fields of others in words and details", async () => {
    const { orders, handled } = await start(ends);
    expect((await orders.placeOrder(good)).totalCents).toBe(100n);
    const error = await failureOf(orders.placeOrder(bad));
    expect(error).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      message:
        "email: must be a valid email address; " +
        "items[1].sku: does not match regex pattern `^[A-Z]{3}-[0-9]{4}$`; " +
        "items[1].quantity: must be greater than or equal to 1 and less than or equal to 100",
    });
    expect(handled).toEqual([good.orderId]);
    const [badRequest, violations] = error.details;
    const { fieldViolations } = fromBinary(BadRequestSchema, badRequest!.value);
    expect(fieldViolations.map(({ field, reason }) => [field, reason])).toEqual([
      ["email", "string.email"],
      ["items[1].sku", "string.pattern"],
      ["items[1].quantity", "int32.gte_lte"],
    ]);
    expect(violations!.typeUrl).toBe("type.googleapis.com/buf.validate.Violations");
    const told = fromBinary(ViolationsSchema, violations!.value).violations;
    expect(told.map(({ ruleId }) => ruleId)).toEqual([
      "string.email",
      "string.pattern",
      "int32.gte_lte",
    ]);
    expect(told[1]?.field?.elements.map(({ fieldName }) => fieldName)).toEqual(["items", "sku"]);
  });

  it("checks each message of a stream", async () => {
    const { orders, handled } = await start(ends);
    const sent = [
      { item: { sku: "ABC-0001", quantity: 1 } },
      { item: { sku: "ABC-0002", quantity: 1 } },
      { item: { sku: "", quantity: 1 } },
    ];
    const error = await failureOf(orders.addItems(sent));
    expect(error).toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(error.message).toContain("item.sku: does not match");
    expect(handled).not.toContain("");
    expect((await orders.addItems(sent.slice(0, 2))).count).toBe(2);
    const item = good.items[0]!;
    const quotes = drain(
      orders.quoteItems([
        { item, share: 50 },
        { item, share: 30 },
      ]),
    );
    expect(await failureOf(quotes)).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      message: expect.stringContaining("share: must divide 100"),
    });
    expect(await failureOf(drain(orders.listOrders({ email: "nobody" })))).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      message: "email: must be a valid email address",
    });
  });

  it("says INTERNAL when a rule cannot be evaluated, and no more", async () => {
    const { orders } = await start(ends);
    const quotes = drain(orders.quoteItems([{ item: good.items[0]!, share: 0 }]));
    expect(await failureOf(quotes)).toMatchObject({
      code: Code.INTERNAL,
      message: expect.stringMatching(
        /the rules of trunkline.examples.orders.v1.QuoteItemsRequest cannot be evaluated for this message$/,
      ),
    });
  });
});

describe("responses", () => {
  it("are checked when that is wanted, and are the server's fault", async () => {
    const broken: ServiceImplementation<typeof OrderService> = {
      placeOrder: () => ({ totalCents: -1n }),
    };
    const { orders } = await start({ server: [validate({ responses: true })] }, broken);
    expect(await failureOf(orders.placeOrder(good))).toMatchObject({
      code: Code.INTERNAL,
      message:
        "response of /trunkline.examples.orders.v1.OrderService/PlaceOrder breaks its rules: total_cents: must be greater than or equal to 0",
    });
    expect(await failureOf(drain(orders.listOrders({ email: good.email })))).toMatchObject({
      code: Code.INTERNAL,
    });
    const client = await start({ client: [validate({ responses: true })] }, broken);
    expect(await failureOf(client.orders.placeOrder(good))).toMatchObject({ code: Code.INTERNAL });
    expect((await client.orders.countOrders({})).count).toBe(1n);
    const unchecked = await start({ server: [validate()] }, broken);
    expect((await unchecked.orders.placeOrder(good)).totalCents).toBe(-1n);
  });
});

it("tells of large values and many violations only in part", async () => {
  const { orders } = await start({ server: [validate()] });
  const long = "x".repeat(60_000);
  const items = Array.from({ length: 50 }, () => ({ sku: long, quantity: 1 }));
  const error = await failureOf(orders.placeOrder({ ...good, items, labels: { [long]: long } }));
  expect(error.code).toBe(Code.INVALID_ARGUMENT);
  expect(error.message).toContain("(and 49 more)");
  const size = error.details.reduce((sum, { value }) => sum + value.length, error.message.length);
  expect(size).toBeLessThan(6000);
  const own = await failureOf(orders.placeOrder({ ...good, labels: { [long]: "" } }));
  expect(own.message).toMatch(/^labels\["x{64}\.\.\."\]: must be at most 16 characters$/);
});

/** A service whose requests have a rule in CEL. */
function createService(expression: string): DescService {
  const options = create(MessageOptionsSchema);
  setExtension(options, message, create(MessageRulesSchema, { cel: [{ id: "own", expression }] }));
  const file = create(FileDescriptorProtoSchema, {
    ...{ name: "t.proto", package: "t", syntax: "proto3" },
    messageType: [{ name: "M", options, field: [{ name: "it", number: 1, type: 5, label: 1 }] }],
    service: [{ name: "S", method: [{ name: "Get", inputType: ".t.M", outputType: ".t.M" }] }],
  });
  return createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getService("t.S")!;
}

it("compiles rules when the service is added, and says what is wrong with them", () => {
  const server = createServer({ interceptors: [validate()], log: silentLog });
  const handlers = { get: () => ({}) };
  for (const expression of ["this.it >", "this.it > nothing("]) {
    expect(() => server.addService(createService(expression), handlers)).toThrow(UsageError);
    expect(() => server.addService(createService(expression), handlers)).toThrow(
      "rules of message t.M: ",
    );
  }
  expect(server.services).toEqual([]);
  server.addService(createService("this.it > 1"), handlers);
});
