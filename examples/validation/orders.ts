// Orders whose contract says what they may hold: a server, a client, and code that asks for itself.
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { type Channel, createChannel, type RpcError } from "@trunkline/client";
import { BadRequestSchema } from "@trunkline/core";
import { createMessageChecker, validate } from "@trunkline/plugins/validate";
import { createServer, type Server } from "@trunkline/server";
import {
  OrderService,
  type PlaceOrderRequest,
  PlaceOrderRequestSchema,
} from "./gen/trunkline/examples/orders/v1/order_service_pb.js";

/** A server whose handlers see sound requests only. */
export function createOrderServer(): Server {
  const server = createServer({ interceptors: [validate({ responses: true })] });
  server.addService(OrderService, {
    placeOrder: ({ items }) => ({ totalCents: BigInt(items.length * 100) }),
    async addItems(requests) {
      let count = 0;
      for await (const { item } of requests) count += item?.quantity ?? 0;
      return { count };
    },
  });
  return server;
}

/** A channel that sends nothing which the server would refuse. */
export function openCheckedChannel(target: string): Channel {
  return createChannel(target, { interceptors: [validate()] });
}

/** What a form shows beside its fields. */
export function problemsOf(error: RpcError): Map<string, string> {
  const violations = error.findDetails(BadRequestSchema).flatMap((it) => it.fieldViolations);
  return new Map(violations.map(({ field, description }) => [field, description]));
}

/** The ids of the rules that were broken, for programs. */
export function brokenRulesOf(error: RpcError): string[] {
  return error
    .findDetails(ViolationsSchema)
    .flatMap((it) => it.violations.map((one) => one.ruleId));
}

const checkOrder = createMessageChecker(PlaceOrderRequestSchema);

/** Orders that have come by another way than a call. */
export function isSound(order: PlaceOrderRequest): boolean {
  return checkOrder(order).length === 0;
}
