// The rules of one type of message: whether it has any, and what of a message breaks them.
import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { CompilationError, type Validator, type Violation } from "@bufbuild/protovalidate";
import { Code, type Log, RpcError, UsageError } from "@trunkline/core";
import { compileAccept } from "./accept/compile-message.js";
import { hasRules } from "./has-rules.js";

const none: readonly Violation[] = [];

/** Rules that are compiled. Protovalidate has the last word: what is compiled here only says of good messages that they are. */
export class MessageRules {
  readonly #schema: DescMessage;
  readonly #validator: Validator;
  readonly #log: Log;
  readonly #accepts: ((message: Message) => boolean) | undefined;

  private constructor(schema: DescMessage, validator: Validator, log: Log) {
    this.#schema = schema;
    this.#validator = validator;
    this.#log = log;
    this.#accepts = compileAccept(schema);
  }

  /**
   * Compiles the rules of a message and of all that it can hold.
   * @returns undefined when there are none.
   * @throws {UsageError} when they cannot be compiled.
   */
  static compile(schema: DescMessage, validator: Validator, log: Log): MessageRules | undefined {
    if (!hasRules(schema)) return undefined;
    // Protovalidate compiles when it first sees a type. How the empty message fares does not matter.
    const { error } = validator.validate(schema, create(schema));
    if (error instanceof CompilationError) {
      throw new UsageError(`rules of message ${schema.typeName}: ${error.message}`, {
        cause: error,
      });
    }
    return new MessageRules(schema, validator, log);
  }

  /**
   * Everything in which a message breaks the rules. What is handed over as bytes is not looked at.
   * @throws {RpcError} INTERNAL when a rule cannot be evaluated; the log is told why.
   */
  violationsOf(message: Message): readonly Violation[] {
    if (message instanceof Uint8Array || this.#accepts?.(message)) return none;
    const result = this.#validator.validate(this.#schema, message);
    if (result.kind === "valid") return none;
    if (result.kind === "invalid") return result.violations;
    const text = `the rules of ${this.#schema.typeName} cannot be evaluated for this message`;
    this.#log.error(text, { error: result.error });
    throw new RpcError(Code.INTERNAL, text, { cause: result.error });
  }
}
