// Reads the environment of the process, on runtimes that have one and let us.

/** A variable; undefined where it is not set, there is none, or reading is not allowed (Deno without `--allow-env`). */
export function readVariable(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  try {
    return process?.env?.[name];
  } catch {
    return undefined;
  }
}
