// The patterns of policies: exact, prefix*, *suffix, and * for anything that is not empty (gRFC A43).

/** Whether a value fits a pattern. */
export type TextPattern = (value: string) => boolean;

/** Compiles a pattern. Only a `*` at one end is special; elsewhere it stands for itself. */
export function compilePattern(pattern: string): TextPattern {
  if (pattern === "*") return (value) => value !== "";
  if (pattern.endsWith("*")) {
    const start = pattern.slice(0, -1);
    return (value) => value.startsWith(start);
  }
  if (pattern.startsWith("*")) {
    const end = pattern.slice(1);
    return (value) => value.endsWith(end);
  }
  return (value) => value === pattern;
}
