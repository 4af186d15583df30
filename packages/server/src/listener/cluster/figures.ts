// Adds up what several workers say about themselves.

/** Figures by name, in groups or not. */
export interface Figures {
  readonly [name: string]: number | Figures;
}

/** The sum, name by name; what is no number is left out. */
export function sumFigures(all: readonly unknown[]): Figures {
  const sum: Record<string, number | Figures> = Object.create(null);
  const groups = new Map<string, unknown[]>();
  for (const figures of all) {
    if (typeof figures !== "object" || figures === null) continue;
    for (const [name, value] of Object.entries(figures)) {
      if (typeof value === "number") sum[name] = (Number(sum[name]) || 0) + value;
      else if (typeof value === "object" && value !== null) {
        const group = groups.get(name) ?? [];
        groups.set(name, group);
        group.push(value);
      }
    }
  }
  for (const [name, group] of groups) sum[name] = sumFigures(group);
  return { ...sum };
}
