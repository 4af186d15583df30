// The codec against protobuf-es: same bytes, same messages, same refusals, for types of all kinds.
import type { DescMessage } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkType, createFindings } from "./check-type.js";
import { loadRegistry, messageTypes, wellKnownTypes } from "./descriptors.js";

const MODES = ["compiled", "closure"] as const;
const TIMEOUT_MS = 60_000;

interface Family {
  readonly name: string;
  readonly types: () => DescMessage[];
  readonly messages: number;
  readonly mutations: number;
}

const families: readonly Family[] = [
  { name: "well-known types", types: wellKnownTypes, messages: 6, mutations: 5 },
  {
    name: "google/{api,rpc,type,longrunning,iam}",
    types: () => messageTypes(loadRegistry("googleCore")),
    messages: 3,
    mutations: 3,
  },
  {
    name: "protobuf's own test messages (proto2, proto3, editions)",
    types: () => messageTypes(loadRegistry("conformance")),
    messages: 5,
    mutations: 4,
  },
];

describe.each(families)("$name", ({ types, messages, mutations }) => {
  it(
    "are encoded, decoded and refused as protobuf-es does",
    () => {
      const all = types();
      expect(all.length).toBeGreaterThan(20);
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const findings = createFindings();
          for (const desc of all) {
            checkType(desc, seed, { messages, mutations, modes: MODES }, findings);
          }
          expect(findings.differences.slice(0, 5)).toEqual([]);
          expect(findings.rejected).toBeGreaterThan(0);
          expect(findings.rejected).toBeLessThan(findings.decoded);
        }),
        { numRuns: 2, endOnFailure: true },
      );
    },
    TIMEOUT_MS,
  );
});

describe("the largest test messages", () => {
  const names = [
    "protobuf_test_messages.proto3.TestAllTypesProto3",
    "protobuf_test_messages.proto2.TestAllTypesProto2",
    "protobuf_test_messages.proto2.TestAllRequiredTypesProto2",
    "protobuf_test_messages.editions.TestAllTypesEdition2023",
    "protobuf_test_messages.editions.proto2.TestAllTypesProto2",
    "protobuf_test_messages.editions.proto3.TestAllTypesProto3",
  ];
  const registry = loadRegistry("conformance");

  it.each(names)(
    "%s",
    (name) => {
      const desc = registry.getMessage(name)!;
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const findings = createFindings();
          checkType(desc, seed, { messages: 2, mutations: 12, modes: MODES }, findings);
          expect(findings.differences).toEqual([]);
        }),
        { numRuns: 6, endOnFailure: true },
      );
    },
    TIMEOUT_MS,
  );
});
