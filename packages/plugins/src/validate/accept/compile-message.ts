// Compiles the rules of a message into a function that recognises good ones fast, where its rules are of the simple kinds.
import { type DescMessage, type DescOneof, getOption, type Message } from "@bufbuild/protobuf";
import {
  message as messageRules,
  oneof as oneofRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { type Accept, acceptAll } from "./accept.js";
import { compileField } from "./compile-field.js";

/**
 * A function that says true only of messages without violations, and false of all that protovalidate has to look at.
 * @returns undefined when it would be of no use: a rule is CEL, or of a kind that is rare.
 */
export function compileAccept(schema: DescMessage): Accept<Message> | undefined {
  return new Compilation().find(schema);
}

/** The types that one message is made of. They may hold themselves. */
class Compilation {
  readonly #known = new Map<DescMessage, { accepts: Accept<Message> | undefined }>();

  readonly find = (schema: DescMessage): Accept<Message> | undefined => {
    const known = this.#known.get(schema);
    // Of a type that is still being compiled: what it will be, and if that is nothing, that protovalidate has to look.
    if (known !== undefined) return known.accepts && ((it) => known.accepts?.(it) === true);
    const type: { accepts: Accept<Message> | undefined } = { accepts: () => false };
    this.#known.set(schema, type);
    type.accepts = this.#compile(schema);
    return type.accepts;
  };

  #compile(schema: DescMessage): Accept<Message> | undefined {
    const { cel, celExpression, oneof, $unknown } = getOption(schema, messageRules);
    if (cel.length + celExpression.length + oneof.length > 0 || $unknown) return undefined;
    const checks: Accept<Message>[] = [];
    for (const field of schema.fields) {
      const some = compileField(field, this.find);
      if (some === undefined) return undefined;
      checks.push(...some);
    }
    const required = schema.oneofs.filter((it) => getOption(it, oneofRules).required);
    return acceptAll([...checks, ...required.map(isChosen)]);
  }
}

function isChosen({ localName }: DescOneof): Accept<Message> {
  return (message) => {
    const chosen = (message as unknown as Readonly<Record<string, { readonly case?: string }>>)[
      localName
    ];
    return chosen?.case !== undefined;
  };
}
