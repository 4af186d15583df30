// One conversation with a server's reflection: v1, or v1alpha where the server has no other.
import { Code, RpcError } from "@trunkline/core";
import { ServerReflection, ServerReflectionAlpha } from "@trunkline/core/reflection";
import type { OpenOptions } from "../call/call-options.js";
import type { Channel } from "../channel/channel-port.js";
import { createClient } from "../client.js";
import type { Answer, Question } from "./question.js";

/** Questions that are under way at once: enough to hide the round trip, too few to fill any window. */
export const batchSize: number = 16;

interface Conversation {
  send(request: { host: string; messageRequest: Question }): Promise<void>;
  readonly messages: AsyncIterable<{ messageResponse: Answer }>;
  cancel(): void;
}

/** See the file's first line. */
export class ReflectionStream {
  readonly #channel: Channel;
  readonly #options: OpenOptions;
  readonly #host: string;
  #call: Conversation | undefined;
  #answers: AsyncIterator<{ messageResponse: Answer }> | undefined;
  #version: "v1" | "v1alpha" = "v1";
  #hasAnswered = false;

  constructor(channel: Channel, host: string, options: OpenOptions) {
    this.#channel = channel;
    this.#host = host;
    this.#options = options;
  }

  /** The version that the server has, once it has answered. */
  get version(): "v1" | "v1alpha" {
    return this.#version;
  }

  /**
   * Asks all of these.
   * @returns one answer for each question, in their order.
   * @throws {RpcError} with which the stream ended; UNIMPLEMENTED when the server has no reflection.
   */
  async ask(questions: readonly Question[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let i = 0; i < questions.length; i += batchSize) {
      answers.push(...(await this.#askBatch(questions.slice(i, i + batchSize))));
    }
    return answers;
  }

  /** Ends the conversation. */
  close(): void {
    this.#call?.cancel();
  }

  async #askBatch(questions: readonly Question[]): Promise<Answer[]> {
    try {
      return await this.#exchange(questions);
    } catch (error) {
      const isMissing = error instanceof RpcError && error.code === Code.UNIMPLEMENTED;
      if (!isMissing || this.#hasAnswered) throw error;
      if (this.#version === "v1alpha") throw noReflection(this.#channel, error);
      this.#version = "v1alpha";
      this.#call = undefined;
      return this.#askBatch(questions);
    }
  }

  async #exchange(questions: readonly Question[]): Promise<Answer[]> {
    const call = this.#open();
    for (const messageRequest of questions) {
      // Why a request cannot be sent, the answers will say.
      call.send({ host: this.#host, messageRequest }).catch(() => {});
    }
    const answers: Answer[] = [];
    while (answers.length < questions.length) {
      const { done, value } = await this.#answers!.next();
      if (done) throw endedEarly(this.#channel, answers.length, questions.length);
      this.#hasAnswered = true;
      answers.push(value.messageResponse);
    }
    return answers;
  }

  #open(): Conversation {
    if (this.#call !== undefined) return this.#call;
    const open =
      this.#version === "v1"
        ? createClient(ServerReflection, this.#channel).serverReflectionInfo.open
        : createClient(ServerReflectionAlpha, this.#channel).serverReflectionInfo.open;
    const call = open(this.#options) as unknown as Conversation;
    this.#call = call;
    this.#answers = call.messages[Symbol.asyncIterator]();
    return call;
  }
}

function noReflection({ target }: Channel, cause: RpcError): RpcError {
  return new RpcError(
    Code.UNIMPLEMENTED,
    `the server at "${target}" has no reflection, neither v1 nor v1alpha: ${cause.message}`,
    { cause },
  );
}

function endedEarly({ target }: Channel, answered: number, asked: number): RpcError {
  return new RpcError(
    Code.INTERNAL,
    `the reflection of "${target}" ended its stream after ${answered} of ${asked} answers`,
  );
}
