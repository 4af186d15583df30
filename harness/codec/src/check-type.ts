// Holds the codec against protobuf-es for one message type, with random messages and damaged bytes.
import { create, type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { type Codec, createCodec } from "@trunkline/codec";
import { findDifference } from "./difference.js";
import { mutate } from "./mutate.js";
import { Random } from "./random.js";
import { type Loose, randomMessage } from "./random-message.js";
import { spoil } from "./spoil.js";

/** How thoroughly a type is checked. */
export interface Effort {
  /** Random messages. */
  readonly messages: number;
  /** Damaged encodings of each message. */
  readonly mutations: number;
  readonly modes: readonly ("compiled" | "closure" | "auto")[];
}

/** What was checked, and the first few differences found. */
export interface Findings {
  encoded: number;
  decoded: number;
  rejected: number;
  readonly differences: string[];
}

export function createFindings(): Findings {
  return { encoded: 0, decoded: 0, rejected: 0, differences: [] };
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

function attempt<T>(run: () => T): Outcome<T> {
  // Thousands are refused; most of the time would go into stacks that nobody looks at.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Adds to `findings` what comes of checking one type with one seed. */
export function checkType(
  desc: DescMessage,
  seed: number,
  effort: Effort,
  findings: Findings,
): void {
  for (const mode of effort.modes) {
    const check = new TypeCheck(
      desc,
      createCodec(desc, { mode }),
      `${desc.typeName} ${mode} seed ${seed}`,
      findings,
    );
    const random = new Random(seed);
    for (let i = 0; i < effort.messages; i++) {
      check.checkMessage(random, i, effort.mutations);
    }
  }
}

class TypeCheck {
  readonly #desc: DescMessage;
  readonly #codec: Codec<Message>;
  readonly #label: string;
  readonly #findings: Findings;

  constructor(desc: DescMessage, codec: Codec<Message>, label: string, findings: Findings) {
    this.#desc = desc;
    this.#codec = codec;
    this.#label = label;
    this.#findings = findings;
  }

  checkMessage(random: Random, index: number, mutations: number): void {
    const filling = { depth: 1 + random.below(3), sparseness: 1 + random.below(4) };
    const message = index === 0 ? create(this.#desc) : randomMessage(this.#desc, random, filling);
    const bytes = this.#checkEncoding(message as Message);
    this.#checkEncoding(spoil(structuredCloneOf(message as Loose), random) as Message);
    const valid = bytes ?? new Uint8Array(0);
    this.#checkDecoding(valid);
    for (let i = 0; i < mutations; i++) {
      this.#checkDecoding(mutate(valid, this.#desc, random));
    }
  }

  /** @returns the encoding, if there is one */
  #checkEncoding(message: Message): Uint8Array | undefined {
    const expected = attempt(() => toBinary(this.#desc, message));
    const actual = attempt(() => this.#codec.encode(message));
    this.#findings.encoded++;
    if ("error" in expected || "error" in actual) {
      this.#compareRefusal("encode", expected, actual);
      return undefined;
    }
    if (Buffer.compare(expected.value, actual.value) !== 0) {
      const [wanted, found] = [expected.value, actual.value].map((bytes) =>
        Buffer.from(bytes).toString("hex"),
      );
      this.#report(`encoded ${wanted} as ${found}`);
    }
    this.#checkEncodingInto(message, expected.value);
    return expected.value;
  }

  #checkEncodingInto(message: Message, expected: Uint8Array): void {
    const size = expected.length;
    const target = new Uint8Array(size + 12).fill(0xaa);
    const end = this.#codec.encodeInto(message, target, 5, 5 + size);
    if (end !== 5 + size || Buffer.compare(target.subarray(5, end), expected) !== 0) {
      this.#report(`encodeInto ended at ${end} for ${size} bytes at 5`);
    }
    if (target[4] !== 0xaa) {
      this.#report("encodeInto wrote before its offset");
    }
    const tight = new Uint8Array(size > 0 ? size - 1 : 0);
    const overflow = size > 0 ? this.#codec.encodeInto(message, tight, 0, tight.length) : 0;
    if (overflow !== -size) {
      this.#report(`encodeInto answered ${overflow} for ${size} bytes in ${tight.length}`);
    }
  }

  #checkDecoding(bytes: Uint8Array): void {
    const expected = attempt(() => fromBinary(this.#desc, bytes));
    // What stands around the message must not matter.
    const framed = new Uint8Array(bytes.length + 14).fill(0x0a);
    framed.set(bytes, 3);
    const actual = attempt(() => this.#codec.decode(framed, 3, 3 + bytes.length));
    this.#findings.decoded++;
    if ("error" in expected || "error" in actual) {
      this.#findings.rejected++;
      this.#compareRefusal(`decode ${Buffer.from(bytes).toString("hex")}`, expected, actual);
      return;
    }
    const difference =
      findDifference(expected.value, actual.value) ??
      findDifference(expected.value, this.#codec.decode(bytes, 0, bytes.length, true));
    if (difference !== undefined) {
      this.#report(`decoded ${Buffer.from(bytes).toString("hex")}: ${difference}`);
    }
  }

  #compareRefusal(action: string, expected: Outcome<unknown>, actual: Outcome<unknown>): void {
    if ("error" in expected !== "error" in actual) {
      const [by, error] =
        "error" in expected
          ? ["protobuf-es", expected.error]
          : ["us", (actual as { error: unknown }).error];
      this.#report(`${action}: refused by ${by} alone: ${String(error)}`);
      return;
    }
    if ("error" in actual && (actual.error as Error).name !== "CodecError") {
      this.#report(`${action}: threw ${String(actual.error)}`);
    }
  }

  #report(text: string): void {
    this.#findings.differences.push(`${this.#label}: ${text}`);
  }
}

/** A copy that shares no object with the original and has the same prototypes. */
function structuredCloneOf<T>(value: T): T {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) {
    return value;
  }
  const copy = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value));
  for (const [key, item] of Object.entries(value)) {
    Object.defineProperty(copy, key, {
      value: structuredCloneOf(item),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return copy as T;
}
