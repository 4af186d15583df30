// The status in trailers: written, read, and read when it is broken.
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { BadRequestSchema, HelpSchema } from "../gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../gen/google/rpc/status_pb.js";
import { encodeBinaryValue } from "../metadata/fields.js";
import { Metadata } from "../metadata/metadata.js";
import { Code } from "../status/code.js";
import { packDetail } from "../status/details.js";
import { statusFields, statusFromFields, statusTextOf } from "./status-fields.js";

const detail = packDetail(BadRequestSchema, { fieldViolations: [{ field: "email" }] });

function detailsField(code: number, message: string): string {
  return encodeBinaryValue(
    toBinary(StatusSchema, create(StatusSchema, { code, message, details: [detail] })),
  );
}

describe("statusFields", () => {
  it("success is one field", () => {
    expect(statusFields(Code.OK, "")).toEqual(["grpc-status", "0"]);
  });

  it("code without leading zeros, message percent-coded, metadata last", () => {
    const metadata = new Metadata({ a: "1", "b-bin": new Uint8Array([1]) });
    expect(statusFields(Code.UNAUTHENTICATED, "100% ☺", [], metadata)).toEqual([
      ...["grpc-status", "16", "grpc-message", "100%25 %E2%98%BA"],
      ...["a", "1", "b-bin", "AQ"],
    ]);
  });

  it("details travel as google.rpc.Status, unpadded", () => {
    const fields = statusFields(Code.INVALID_ARGUMENT, "bad", [detail]);
    expect(fields.slice(4)).toEqual(["grpc-status-details-bin", detailsField(3, "bad")]);
    expect(fields[5]).not.toContain("=");
  });

  it("details take the place of a field of that name in the metadata", () => {
    const metadata = new Metadata({ "grpc-status-details-bin": new Uint8Array(3), a: "1" });
    const fields = statusFields(Code.ABORTED, "", [detail], metadata);
    expect(fields.filter((field) => field === "grpc-status-details-bin")).toHaveLength(1);
    expect(fields.slice(-2)).toEqual(["a", "1"]);
    expect(metadata.has("grpc-status-details-bin")).toBe(true);
  });

  it("without details such a field is sent as it is", () => {
    const metadata = new Metadata({ "grpc-status-details-bin": new Uint8Array(3) });
    expect(statusFields(Code.ABORTED, "", [], metadata)).toContain("AAAA");
  });

  it("a lone surrogate in message and details does no harm", () => {
    const fields = statusFields(Code.ABORTED, "a\ud800", [detail]);
    const status = statusFromFields(fields)!;
    expect(status.code).toBe(Code.ABORTED);
    expect(status.message).toBe("a\ufffd");
    expect(status.details).toHaveLength(1);
  });
});

describe("several grpc-status", () => {
  it.each([
    [["0"], "0"],
    [["5", "5"], "5"],
    [["0", "5"], "0, 5"],
    [["5", "0"], "5, 0"],
    [["0", "0", "0"], "0"],
    [[], undefined],
  ])("%j is %j", (sent, text) => {
    const fields = ["a", "1", ...sent.flatMap((code) => ["grpc-status", code]), "b", "2"];
    expect(statusTextOf(fields)).toBe(text);
  });

  it("that differ are UNKNOWN, with both in the message", () => {
    const fields = ["grpc-status", "0", "grpc-status", "5", "grpc-message", "which"];
    expect(statusFromFields(fields)).toMatchObject({
      code: Code.UNKNOWN,
      message: 'the peer sent grpc-status "0, 5", which is no status code: which',
    });
  });
});

describe("statusFromFields", () => {
  it("gives back what was written", () => {
    const metadata = new Metadata({ a: "1" });
    const fields = statusFields(
      Code.NOT_FOUND,
      "no: a/b",
      [detail, packDetail(HelpSchema, {})],
      metadata,
    );
    const status = statusFromFields(fields)!;
    expect(status.code).toBe(Code.NOT_FOUND);
    expect(status.message).toBe("no: a/b");
    expect(status.details).toEqual([detail, packDetail(HelpSchema, {})]);
    expect(status.metadata.get("a")).toBe("1");
    expect(status.metadata.has("grpc-status")).toBe(false);
    expect(status.metadata).toBe(status.metadata);
  });

  it("is undefined without grpc-status", () => {
    expect(statusFromFields([])).toBeUndefined();
    expect(statusFromFields(["grpc-message", "x", "a", "b"])).toBeUndefined();
  });

  it.each(["", "x", "17", "99", "-1", "1.5", " 5", "0x5", "1e1", "5, 5", "100", "constructor"])(
    "grpc-status %j is UNKNOWN",
    (text) => {
      const status = statusFromFields(["grpc-status", text, "grpc-message", "why"])!;
      expect(status.code).toBe(Code.UNKNOWN);
      expect(status.message).toContain(JSON.stringify(text));
      expect(status.message).toContain("why");
    },
  );

  it("an un-encoded message does not hide the code", () => {
    const status = statusFromFields(["grpc-status", "3", "grpc-message", "100% bad"])!;
    expect(status).toMatchObject({ code: Code.INVALID_ARGUMENT, message: "100% bad" });
  });

  it.each([
    ["base64", "!!!"],
    ["base64 in length", "AAAAA"],
    ["a Status", encodeBinaryValue(new Uint8Array([0x12, 0x7f]))],
    ["a Status of a known code", encodeBinaryValue(new Uint8Array([0x08, 0x7f]))],
    ["there", ""],
  ])("details that are not %s are left out", (_what, text) => {
    const fields = ["grpc-status", "5", "grpc-message", "no", "grpc-status-details-bin", text];
    expect(statusFromFields(fields)).toMatchObject({
      code: Code.NOT_FOUND,
      message: "no",
      details: [],
    });
  });

  it("details of another code make the status INTERNAL", () => {
    const fields = ["grpc-status", "5", "grpc-status-details-bin", detailsField(3, "bad")];
    const status = statusFromFields(fields)!;
    expect(status.code).toBe(Code.INTERNAL);
    expect(status.message).toContain("NOT_FOUND");
    expect(status.message).toContain("INVALID_ARGUMENT");
    expect(status.details).toEqual([]);
  });

  it("grpc-message wins over the message of the details, which stands in when it is missing", () => {
    const details = ["grpc-status-details-bin", detailsField(5, "theirs")];
    const both = statusFromFields(["grpc-status", "5", "grpc-message", "ours", ...details])!;
    expect(both.message).toBe("ours");
    expect(both.details).toHaveLength(1);
    expect(statusFromFields(["grpc-status", "5", ...details])!.message).toBe("theirs");
  });

  it("takes padded details", () => {
    const text = detailsField(5, "x");
    const padded = text + "=".repeat((4 - (text.length % 4)) % 4);
    const status = statusFromFields(["grpc-status", "5", "grpc-status-details-bin", padded])!;
    expect(status.details).toHaveLength(1);
  });
});
