// Names of methods are bounded, whatever strangers call.
import { expect, it } from "vitest";
import { MethodNames } from "./method-names.js";

it("names what a contract has", () => {
  const name = new MethodNames(undefined).of("/a.b.C/D", true);
  expect(name).toEqual({ grpc: "a.b.C/D", rpc: "a.b.C/D", dotted: "a.b.C.D", isKnown: true });
});

it("is `other` for the rest, and the same object for all of it", () => {
  const names = new MethodNames(undefined);
  expect(names.of("/a.b.C/D", false)).toMatchObject({ grpc: "other", rpc: "_OTHER" });
  expect(names.of("/x.Y/Z", false)).toBe(names.of("", false));
});

it("names what a filter lets pass, but no more than a thousand", () => {
  const names = new MethodNames((method) => method.startsWith("ok."));
  const found = new Set<string>();
  for (let i = 0; i < 3000; i++) found.add(names.of(`/ok.S/M${i}`, false).grpc);
  expect(found.size).toBe(1001);
  expect(found.has("other")).toBe(true);
  expect(names.of("/ok.S/M0", false).grpc).toBe("ok.S/M0");
  expect(names.of("/no.S/M", false).grpc).toBe("other");
});
