// The error of a start that cannot succeed: one clear line for the person who started the program.

/** The message is shown alone, without a stack; the program ends with exit code 1. */
export class StartupError extends Error {
  override readonly name = "StartupError";
}
