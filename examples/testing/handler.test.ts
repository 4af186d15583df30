// A handler is a function: it can be called as one, with a made-up call.
import { create } from "@bufbuild/protobuf";
import { Code } from "@trunkline/server";
import { createHandlerContext } from "@trunkline/server/testing";
import { expect, it } from "vitest";
import { SayHelloRequestSchema } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import { Greeter } from "./greeter.js";

const greeter = new Greeter();

it("greets in the language of the metadata", async () => {
  const call = createHandlerContext({ metadata: { "x-language": "it" } });
  const request = create(SayHelloRequestSchema, { name: "Ada" });
  expect(await greeter.sayHello(request, call)).toEqual({ greeting: "Ciao, Ada!" });
  expect(call.responseTrailers.get("x-language")).toBe("it");
});

it("ends when the client goes away", async () => {
  const call = createHandlerContext();
  const reply = greeter.sayHello(create(SayHelloRequestSchema, { name: "nobody" }), call);
  call.cancel();
  await reply;
});

it("wants a name", async () => {
  const call = createHandlerContext();
  await expect(greeter.sayHello(create(SayHelloRequestSchema), call)).rejects.toMatchObject({
    code: Code.INVALID_ARGUMENT,
  });
});
