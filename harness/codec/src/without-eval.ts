// Started with --disallow-code-generation-from-strings: checks that codecs work there all the same.

import { create, toBinary } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { canGenerateCode, codecFor, createCodec } from "@trunkline/codec";
import { checkType, createFindings } from "./check-type.js";
import { loadRegistry, messageTypes } from "./descriptors.js";

const EFFORT = { messages: 3, mutations: 3, modes: ["auto"] } as const;

const findings = createFindings();
for (const desc of messageTypes(loadRegistry("conformance"))) {
  checkType(desc, 7, EFFORT, findings);
}

function refusalOfCompiling(): string {
  try {
    createCodec(TimestampSchema, { mode: "compiled" });
    return "none";
  } catch (error) {
    return String(error);
  }
}

const message = create(TimestampSchema, { seconds: 1n, nanos: 2 });
console.log(
  JSON.stringify({
    canGenerateCode: canGenerateCode(),
    refusalOfCompiling: refusalOfCompiling(),
    decoded: findings.decoded,
    differences: findings.differences,
    timestamp: [...codecFor(TimestampSchema).encode(message)],
    expectedTimestamp: [...toBinary(TimestampSchema, message)],
  }),
);
