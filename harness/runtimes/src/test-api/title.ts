// Names the cases of a table as Vitest does: printf marks take the values in order, `$key` a property of the first.
import { format } from "node:util";

function withProperties(template: string, row: readonly unknown[]): string {
  const [first] = row;
  if (typeof first !== "object" || first === null) return template;
  return template.replace(/\$([a-z_]\w*)/gi, (mark, key: string) =>
    key in first ? format("%o", (first as Record<string, unknown>)[key]) : mark,
  );
}

/** The title of one case; values that no mark takes are left out. */
export function titleOf(template: string, row: readonly unknown[]): string {
  const marks = template.match(/%[sdifjoOc]/g)?.length ?? 0;
  return format(withProperties(template, row), ...row.slice(0, marks));
}

/** The values of one case as the arguments of its function. */
export function rowOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
