// OpenSSL's complaints in one line.
import { expect, it } from "vitest";
import { tlsErrorText } from "./tls-error-text.js";

it.each([
  [
    new Error("error:05800074:x509 certificate routines::key values mismatch"),
    "key values mismatch",
  ],
  [
    new Error(
      "80DC:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert:../a/b.c:1601:SSL 116\n",
    ),
    "tlsv13 alert",
  ],
  [new Error(" socket hang up\nmore"), "socket hang up"],
  ["text", "text"],
])("%s", (error, expected) => {
  expect(tlsErrorText(error)).toBe(expected);
});
