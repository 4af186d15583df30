// The rules of the contract for file names and media types: tables of good ones and bad ones.
import { create } from "@bufbuild/protobuf";
import { createMessageChecker } from "@trunkline/plugins/validate";
import { describe, expect, it } from "vitest";
import { FileMetadataSchema } from "../gen/trunkline/examples/files/v1/file_service_pb.js";

const checkMetadata = createMessageChecker(FileMetadataSchema);

function check(fields: { name?: string; contentType?: string }): string[] {
  const metadata = create(FileMetadataSchema, { name: "a.txt", ...fields });
  return checkMetadata(metadata).map((it) => it.field);
}

describe("the media type of an upload", () => {
  it.each([
    "",
    "image/png",
    "application/vnd.api+json",
    "text/html; charset=utf-8",
    "text/html;charset=utf-8",
    'text/plain ; charset="utf-8"; format=flowed',
    'multipart/mixed; boundary="a \\"b\\"; c"',
    "text/plain;",
  ])("may be %j", (contentType) => {
    expect(check({ contentType })).toEqual([]);
  });

  it.each([
    "image",
    "image/",
    "/png",
    "text/html charset=utf-8",
    "text/html; charset",
    "text/html; =utf-8",
    "text/html; charset=",
    'text/html; charset="utf-8',
    'text/html; charset="a\nb"',
    "text/html\n",
    "text/html, text/plain",
    `text/html; a=${"x".repeat(255)}`,
  ])("may not be %j", (contentType) => {
    expect(check({ contentType })).toEqual(["content_type"]);
  });

  it("is checked in no time, whatever it is", () => {
    const started = performance.now();
    check({ contentType: `a/b${"; ".repeat(100)}x` });
    check({ contentType: `a/b${";".repeat(200)}"` });
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe("the name of an uploaded file", () => {
  it.each(["a", ".profile", "...", "..a", "a b.txt"])("may be %j", (name) => {
    expect(check({ name })).toEqual([]);
  });

  it.each(["", ".", "..", "a/b", "../a", "a\\b", "a\0b", " "])("may not be %j", (name) => {
    expect(check({ name })).toEqual(["name"]);
  });
});
