// What propagators see of metadata, and what they can do to it.
import { Metadata } from "@trunkline/core";
import { expect, it } from "vitest";
import { metadataGetter, metadataSetter } from "./metadata-carrier.js";

it("reads text, lists of it, and of binary fields grpc-trace-bin alone", () => {
  const metadata = new Metadata({
    one: "1",
    many: ["1", "2"],
    "own-bin": new Uint8Array([1]),
    "grpc-trace-bin": new Uint8Array([1, 2, 255]),
  });
  const get = (name: string) => metadataGetter.get(metadata, name);
  expect([get("one"), get("many"), get("none"), get("own-bin"), get("grpc-trace-bin")]).toEqual([
    "1",
    ["1", "2"],
    undefined,
    undefined,
    "AQL/",
  ]);
  expect(metadataGetter.get(undefined, "one")).toBeUndefined();
  expect(metadataGetter.keys(metadata)).toEqual(["one", "many", "own-bin", "grpc-trace-bin"]);
});

it("writes what can be sent, and leaves out the rest", () => {
  const metadata = new Metadata();
  metadataSetter.set(metadata, "one", "1");
  metadataSetter.set(metadata, "one", "2");
  metadataSetter.set(metadata, "grpc-trace-bin", "AQL/");
  metadataSetter.set(metadata, "own-bin", "AQL/");
  metadataSetter.set(metadata, "not a name", "1");
  metadataSetter.set(metadata, "value", "line\nbreak");
  metadataSetter.set(metadata, "grpc-status", "0");
  expect([...metadata]).toEqual([
    ["one", "2"],
    ["grpc-trace-bin", new Uint8Array([1, 2, 255])],
  ]);
});
