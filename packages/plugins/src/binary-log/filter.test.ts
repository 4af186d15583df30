// The text of GRPC_BINARY_LOG_FILTER.
import { describe, expect, it } from "vitest";
import { parseBinaryLogFilter } from "./filter.js";

const all = { headerBytes: Infinity, messageBytes: Infinity };

describe("a filter", () => {
  it.each([
    ["", "/Foo/Bar", undefined],
    ["*", "/Foo/Bar", all],
    ["*{h}", "/Foo/Bar", { headerBytes: Infinity, messageBytes: 0 }],
    ["*{m:256}", "/Foo/Bar", { headerBytes: 0, messageBytes: 256 }],
    ["*{h:1;m:2}", "/Foo/Bar", { headerBytes: 1, messageBytes: 2 }],
    ["*{h;m}", "/Foo/Bar", all],
    ["*{h:;m:}", "/Foo/Bar", all],
    ["*{h:0;m:5}", "/Foo/Bar", { headerBytes: 0, messageBytes: 5 }],
    ["Foo/*", "/Foo/Bar", all],
    ["Foo/*", "/Fool/Bar", undefined],
    ["Foo/*,-Foo/Bar", "/Foo/Bar", undefined],
    ["Foo/*,-Foo/Bar", "/Foo/Baz", all],
    ["Foo/*,Foo/Bar{m:256}", "/Foo/Bar", { headerBytes: 0, messageBytes: 256 }],
    ["Foo/*{h},Foo/Bar{m:256}", "/Foo/Baz", { headerBytes: Infinity, messageBytes: 0 }],
    ["*,-a.b.Foo/Bar", "/a.b.Foo/Bar", undefined],
    ["a.b.Foo/Bar{h:12}", "/a.b.Foo/Bar", { headerBytes: 12, messageBytes: 0 }],
    ["*{h},a.b.Foo/*{m}", "/a.b.Foo/Bar", { headerBytes: 0, messageBytes: Infinity }],
    [" * , -Foo/Bar ", "/Foo/Bar", undefined],
    ["*", "", all],
    ["*", "//", all],
  ])("%j, %j: %j", (text, path, limits) => {
    expect(parseBinaryLogFilter(text).limitsFor(path)).toEqual(limits);
  });

  it.each([
    ["", true],
    ["-Foo/Bar", true],
    ["*", false],
  ])("%j: empty %j", (text, isEmpty) => {
    expect(parseBinaryLogFilter(text).isEmpty).toBe(isEmpty);
  });

  it.each([
    "Foo",
    "*/Bar",
    "-Foo/*",
    "-Foo/Bar{h}",
    "-*",
    "*{x}",
    "*{m;h}",
    "*{h:-1}",
    "*{h,m}",
    "*{}",
    "*{h:1;m:2",
    "*Foo",
    "*,",
    ",*",
    "Foo/Bar,Foo/Bar",
    "Foo/Bar{h:1},Foo/Bar{h:2}",
    "Foo/Bar,-Foo/Bar",
    "-Foo/Bar,-Foo/Bar",
    "*,*",
    "Foo/Bar{h}{m}",
    "Foo/*;Foo/Bar",
  ])("refuses %j", (text) => {
    expect(() => parseBinaryLogFilter(text)).toThrow(/^binary log filter: .* \(gRFC A16\)$/);
  });
});
