// Rejections whose stack leads to the line that awaits them, at no cost for promises that are fulfilled.

type Capture = (target: object, below?: unknown) => void;

/**
 * A promise that rejects with `error`, once the error's stack has been taken anew: from the line that
 * awaits the promise. For errors that come out of a socket or a timer, where their own stack ends.
 *
 * Whoever resolves another promise with this one gets the stack of those who await the other. V8 walks
 * from the reaction that runs now along the promises that depend on it, as long as each has exactly one
 * reaction, and writes a line for each `await`. So the stack is taken inside a reaction, and a turn
 * later, when the other promise has been made dependent on this one. Engines that do not do so leave
 * the error as it is.
 * @param rejecting called right before the promise rejects, when the stack is there: reactions that
 * would be in the way before may be added now.
 */
export function rejectTraced(error: Error, rejecting?: () => void): Promise<never> {
  const { captureStackTrace } = Error as { captureStackTrace?: Capture };
  const reject = (): never => {
    // Without the frame of this function itself.
    captureStackTrace?.(error, reject);
    rejecting?.();
    throw error;
  };
  return Promise.resolve().then(ignore).then(reject);
}

function ignore(): void {}
