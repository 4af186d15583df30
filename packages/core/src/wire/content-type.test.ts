// Which content types are gRPC.
import { describe, expect, it } from "vitest";
import { parseContentType } from "./content-type.js";

describe("parseContentType", () => {
  it.each([
    ["application/grpc", "proto"],
    ["application/grpc+proto", "proto"],
    ["application/grpc+json", "json"],
    ["application/grpc+thrift", "thrift"],
    ["Application/GRPC+Proto", "proto"],
    ["APPLICATION/GRPC", "proto"],
    ["application/grpc;charset=utf-8", "proto"],
    ["application/grpc; proto=x", "proto"],
    ["application/grpc+json; charset=utf-8", "json"],
    ["application/grpc+json ;x", "json"],
    ["application/grpc+", "proto"],
  ])("%s is gRPC with %s", (value, format) => {
    expect(parseContentType(value)).toBe(format);
  });

  it.each([
    "",
    "application/grpc-web",
    "application/grpc-web+proto",
    "application/grpcfoo",
    "application/grp",
    "application/json",
    "text/html",
    " application/grpc",
    "xapplication/grpc",
  ])("%j is not gRPC", (value) => {
    expect(parseContentType(value)).toBeUndefined();
  });
});
