// How a program of the harness is asked things by the one that started it.

/** What a program can be asked: a name and a function of the arguments. */
export type Answers = Readonly<Record<string, (argument: never) => unknown>>;

/** A question on its way. */
export interface Question {
  readonly id: number;
  readonly ask: string;
  readonly argument: unknown;
}

/** The answer to the question of the same id; id 0 says that questions are welcome. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Answers questions until the asker is gone; then the program ends. */
export function answerQuestions(answers: Answers): void {
  process.on("message", (question: Question) => {
    void reply(answers, question).then((answer) => process.send?.(answer));
  });
  process.on("disconnect", () => process.exit());
  process.send?.({ id: 0 } satisfies Answer);
}

async function reply(answers: Answers, { id, ask, argument }: Question): Promise<Answer> {
  try {
    const answer = answers[ask];
    if (answer === undefined) throw new Error(`this program does not know ${ask}`);
    return { id, value: await answer(argument as never) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
