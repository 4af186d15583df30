// Started with BUF_BIGINT_DISABLE=1, which makes 64-bit integers strings: checks codecs all the same.

import { protoInt64 } from "@bufbuild/protobuf";
import { codecFor } from "@trunkline/codec";
import { checkType, createFindings } from "./check-type.js";
import { loadRegistry, messageTypes, wellKnownTypes } from "./descriptors.js";

const EFFORT = { messages: 3, mutations: 3, modes: ["compiled", "closure"] } as const;

const findings = createFindings();
const registry = loadRegistry("conformance");
for (const desc of [...messageTypes(registry), ...wellKnownTypes()]) {
  checkType(desc, 11, EFFORT, findings);
}

const proto3 = registry.getMessage("protobuf_test_messages.proto3.TestAllTypesProto3")!;
// optional_int64 (2): -1, optional_uint64 (4): 2^64 - 1
const ones = [...Array<number>(9).fill(0xff), 1];
const decoded = codecFor(proto3).decode(Uint8Array.from([0x10, ...ones, 0x20, ...ones]));
const { optionalInt64, optionalUint64 } = decoded as unknown as Record<string, unknown>;

console.log(
  JSON.stringify({
    bigint: protoInt64.supported,
    decoded: findings.decoded,
    differences: findings.differences.slice(0, 5),
    values: [optionalInt64, optionalUint64],
  }),
);
