// What one round measures, how rounds are interleaved, and what remains of them: the median.

/** The figures of one peer in one round. */
export interface Figures {
  /** The case's own figure, in the case's unit. */
  readonly value: number;
  /** CPU time for one call or message of the process that is measured. */
  readonly cpuUs?: number;
  readonly peakRssMib?: number;
  readonly p50Us?: number;
}

/** One peer's part in a case. */
export interface Entrant {
  readonly name: string;
  measure(): Promise<Figures>;
}

/** Every entrant once a round, in turn, so that a slow spell of the machine falls on all of them. */
export async function measureRounds(
  entrants: readonly Entrant[],
  rounds: number,
  log: (line: string) => void,
): Promise<Map<string, Figures>> {
  const all = new Map<string, Figures[]>(entrants.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const entrant of entrants) {
      const figures = await entrant.measure();
      all.get(entrant.name)?.push(figures);
      log(`  round ${round} ${entrant.name}: ${describe(figures)}`);
    }
  }
  return new Map([...all].map(([name, figures]) => [name, medianFigures(figures)]));
}

function describe(figures: Figures): string {
  return Object.entries(figures)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${Number(value).toPrecision(4)}`)
    .join(", ");
}

/** The median of each figure by itself. */
export function medianFigures(rounds: readonly Figures[]): Figures {
  const pick = (name: keyof Figures) =>
    median(rounds.map((round) => round[name]).filter((value) => value !== undefined));
  const optional = (["cpuUs", "peakRssMib", "p50Us"] as const)
    .map((name) => [name, pick(name)] as const)
    .filter(([, value]) => value !== undefined);
  return { value: pick("value") ?? Number.NaN, ...Object.fromEntries(optional) };
}

export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
