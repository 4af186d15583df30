// What is asked of a server's reflection and what it answers, as v1 and v1alpha have it in common.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ServerReflectionRequestSchema,
  ServerReflectionResponse,
} from "@trunkline/core/reflection";

/** One question. */
export type Question = NonNullable<
  Extract<
    MessageInitShape<typeof ServerReflectionRequestSchema>,
    { $typeName?: never }
  >["messageRequest"]
>;

/** One answer. */
export type Answer = ServerReflectionResponse["messageResponse"];
