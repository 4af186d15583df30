// RpcError: what it carries, how it prints, how other errors become one, and its typed details.
import { inspect } from "node:util";
import { create, createRegistry } from "@bufbuild/protobuf";
import { AnySchema, DurationSchema, EmptySchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it, vi } from "vitest";
import {
  BadRequestSchema,
  DebugInfoSchema,
  ErrorInfoSchema,
  HelpSchema,
  LocalizedMessageSchema,
  PreconditionFailureSchema,
  QuotaFailureSchema,
  RequestInfoSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from "../gen/google/rpc/error_details_pb.js";
import { Metadata } from "../metadata/metadata.js";
import { Code } from "./code.js";
import { packDetail, standardDetails } from "./details.js";
import { neutralMessage, neutralStatus } from "./neutral-status.js";
import { RpcError } from "./rpc-error.js";
import { UsageError } from "./usage-error.js";

const damaged = create(AnySchema, {
  typeUrl: "type.googleapis.com/google.rpc.BadRequest",
  value: new Uint8Array([0x0a, 0x7f]),
});

describe("RpcError", () => {
  it("carries code and message, and nothing else by default", () => {
    const error = new RpcError(Code.NOT_FOUND, "user 7 not found");
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("RpcError");
    expect(error.code).toBe(5);
    expect(error.message).toBe("user 7 not found");
    expect(error.details).toEqual([]);
    expect(error.hasMetadata).toBe(false);
    expect(error.metadata.size).toBe(0);
    expect("cause" in error).toBe(false);
  });

  it("keeps details, trailers and cause", () => {
    const metadata = new Metadata({ hint: "x" });
    const cause = new Error("disk");
    const details = [packDetail(ErrorInfoSchema, { reason: "R" })];
    const error = new RpcError(Code.ABORTED, "no", { metadata, cause, details });
    expect(error.metadata).toBe(metadata);
    expect(error.hasMetadata).toBe(true);
    expect(error.cause).toBe(cause);
    expect(error.details).toBe(details);
  });

  it("its trailers are made once and may be added to", () => {
    const error = new RpcError(Code.ABORTED, "no");
    expect(new RpcError(Code.ABORTED, "no", { metadata: { a: "1" } }).metadata.get("a")).toBe("1");
    error.metadata.set("retry-hint", "later");
    expect(error.metadata.get("retry-hint")).toBe("later");
    expect(error.hasMetadata).toBe(true);
  });

  it.each([Code.OK, 17, -1, 1.5, Number.NaN])("refuses code %s", (code) => {
    expect(() => new RpcError(code as Code, "x")).toThrow(UsageError);
  });

  it("its stack begins at the line that made it", () => {
    function failingHandler(): RpcError {
      return new RpcError(Code.INTERNAL, "x");
    }
    const frames = failingHandler()
      .stack!.split("\n")
      .filter((line) => line.trimStart().startsWith("at "));
    expect(frames[0]).toContain("failingHandler");
  });

  it("prints its code", () => {
    expect(String(new RpcError(Code.NOT_FOUND, "user 7"))).toBe("[NOT_FOUND] user 7");
    expect(String(new RpcError(Code.NOT_FOUND, ""))).toBe("[NOT_FOUND]");
  });

  it("Node.js shows code, stack, details, trailers and cause", () => {
    const text = inspect(
      new RpcError(Code.INVALID_ARGUMENT, "bad", {
        details: [packDetail(BadRequestSchema, { fieldViolations: [{ field: "email" }] }), damaged],
        metadata: new Metadata({ hint: "h" }),
        cause: new Error("root"),
      }),
      { depth: 5 },
    );
    expect(text).toMatch(/^RpcError: \[INVALID_ARGUMENT\] bad\n\s+at /);
    for (const part of ["email", "hint", "root", "type.googleapis.com/google.rpc.BadRequest"]) {
      expect(text).toContain(part);
    }
  });

  it("Node.js shows a bare error without braces", () => {
    expect(inspect(new RpcError(Code.ABORTED, "x"))).not.toContain("{");
  });

  it("can be written as JSON whatever its details hold", () => {
    const details = [packDetail(RetryInfoSchema, { retryDelay: { seconds: 3n, nanos: 5 } })];
    const json = JSON.parse(
      JSON.stringify(new RpcError(Code.RESOURCE_EXHAUSTED, "no", { details })),
    );
    expect(json.details).toMatchObject([{ retryDelay: { seconds: "3", nanos: 5 } }]);
  });

  it("is JSON with its code name and decoded details", () => {
    const details = [packDetail(ResourceInfoSchema, { resourceName: "7" })];
    const json = JSON.parse(JSON.stringify(new RpcError(Code.NOT_FOUND, "no", { details })));
    expect(json).toMatchObject({
      code: "NOT_FOUND",
      message: "no",
      details: [{ $typeName: "google.rpc.ResourceInfo", resourceName: "7" }],
    });
  });

  it("is recognised across copies of the package", async () => {
    vi.resetModules();
    const copy = await import("./rpc-error.js");
    expect(copy.RpcError).not.toBe(RpcError);
    const foreign = new copy.RpcError(Code.ABORTED, "from elsewhere");
    expect(foreign instanceof RpcError).toBe(true);
    expect(new RpcError(Code.ABORTED, "") instanceof copy.RpcError).toBe(true);
    expect(RpcError.from(foreign)).toBe(foreign);
  });

  it("a subclass recognises its own instances only", () => {
    class QuotaError extends RpcError {}
    expect(new QuotaError(Code.ABORTED, "") instanceof QuotaError).toBe(true);
    expect(new QuotaError(Code.ABORTED, "") instanceof RpcError).toBe(true);
    expect((new RpcError(Code.ABORTED, "") as unknown) instanceof QuotaError).toBe(false);
  });

  it.each([null, undefined, 0, "x", {}, new Error("x")])("%s is no RpcError", (value) => {
    expect((value as unknown) instanceof RpcError).toBe(false);
  });
});

describe("RpcError.from", () => {
  it("leaves an RpcError alone", () => {
    const error = new RpcError(Code.ABORTED, "x");
    expect(RpcError.from(error, Code.INTERNAL)).toBe(error);
  });

  it("knows why a signal aborted", () => {
    const controller = new AbortController();
    controller.abort();
    expect(RpcError.from(controller.signal.reason).code).toBe(Code.CANCELLED);
    const timeout = new DOMException("timed out", "TimeoutError");
    expect(RpcError.from(timeout).code).toBe(Code.DEADLINE_EXCEEDED);
  });

  it.each([
    [new Error("boom"), "boom"],
    ["text", "text"],
    [42, "42"],
    [undefined, "undefined"],
    [null, "null"],
    [Symbol("s"), "Symbol(s)"],
    [Object.create(null), "unknown error"],
    [{ message: "m" }, "m"],
  ])("takes over any reason: %#", (reason, message) => {
    const error = RpcError.from(reason);
    expect(error.code).toBe(Code.UNKNOWN);
    expect(error.message).toBe(message);
    expect(error.cause).toBe(reason);
  });

  it("uses the fallback code", () => {
    expect(RpcError.from(new Error("x"), Code.UNAVAILABLE).code).toBe(Code.UNAVAILABLE);
  });

  it("its stack begins at the caller", () => {
    function wrapping(): RpcError {
      return RpcError.from("x");
    }
    expect(wrapping().stack!.split("\n")[1]).toContain("wrapping");
  });

  it("survives a reason that breaks when it is looked at", () => {
    const hostile = {
      get message(): string {
        throw new Error("no");
      },
    };
    expect(RpcError.from(hostile).message).toBe("unknown error");
  });
});

describe("details", () => {
  const samples = [
    packDetail(ErrorInfoSchema, { reason: "R", domain: "d", metadata: { a: "b" } }),
    packDetail(RetryInfoSchema, { retryDelay: create(DurationSchema, { seconds: 3n }) }),
    packDetail(DebugInfoSchema, { stackEntries: ["a"], detail: "d" }),
    packDetail(QuotaFailureSchema, { violations: [{ subject: "s" }] }),
    packDetail(PreconditionFailureSchema, { violations: [{ type: "t" }] }),
    packDetail(BadRequestSchema, { fieldViolations: [{ field: "f", description: "d" }] }),
    packDetail(RequestInfoSchema, { requestId: "1" }),
    packDetail(ResourceInfoSchema, { resourceType: "user" }),
    packDetail(HelpSchema, { links: [{ url: "u" }] }),
    packDetail(LocalizedMessageSchema, { locale: "de", message: "nein" }),
  ];

  it("all ten standard messages go in and come out", () => {
    const error = new RpcError(Code.INTERNAL, "x", { details: samples });
    expect(error.decodeDetails().map((message) => message.$typeName)).toEqual(
      samples.map((any) => any.typeUrl.split("/")[1]),
    );
    expect(error.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field).toBe("f");
    expect(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds).toBe(3n);
  });

  it("the standard registry has the ten and their parts", () => {
    const names = [...standardDetails].map((type) => type.typeName);
    for (const { typeUrl } of samples) {
      expect(names).toContain(typeUrl.split("/")[1]);
    }
  });

  it("finds several details of one type, in order", () => {
    const details = [
      packDetail(ErrorInfoSchema, { reason: "1" }),
      packDetail(HelpSchema, {}),
      packDetail(ErrorInfoSchema, { reason: "2" }),
    ];
    const error = new RpcError(Code.INTERNAL, "x", { details });
    expect(error.findDetails(ErrorInfoSchema).map(({ reason }) => reason)).toEqual(["1", "2"]);
  });

  it("leaves out damaged details and unknown types", () => {
    const details = [damaged, packDetail(EmptySchema, {}), packDetail(HelpSchema, {})];
    const error = new RpcError(Code.INTERNAL, "x", { details });
    expect(error.findDetails(BadRequestSchema)).toEqual([]);
    expect(error.decodeDetails().map(({ $typeName }) => $typeName)).toEqual(["google.rpc.Help"]);
  });

  it("decodes by the registry it is given", () => {
    const details = [packDetail(TimestampSchema, { seconds: 1n }), packDetail(HelpSchema, {})];
    const error = new RpcError(Code.INTERNAL, "x", { details });
    const found = error.decodeDetails(createRegistry(TimestampSchema));
    expect(found.map(({ $typeName }) => $typeName)).toEqual(["google.protobuf.Timestamp"]);
  });
});

describe("neutralStatus", () => {
  it("lets an RpcError through", () => {
    const error = new RpcError(Code.ABORTED, "meant for the caller");
    expect(neutralStatus(error)).toBe(error);
  });

  it.each([new Error("password=hunter2"), "hunter2", { message: "hunter2" }, undefined])(
    "hides everything else: %#",
    (reason) => {
      const error = neutralStatus(reason);
      expect(error.code).toBe(Code.UNKNOWN);
      expect(error.message).toBe(neutralMessage);
      expect(error.details).toEqual([]);
      expect(error.hasMetadata).toBe(false);
      expect(error.cause).toBe(reason);
    },
  );
});
