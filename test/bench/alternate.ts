import { median } from './statistics.ts';

type Ways = Readonly<Record<string, () => Promise<unknown>>>;

/** What each way resolved with, run by run. */
type Alternated<W extends Ways> = { [Name in keyof W]: Awaited<ReturnType<W[Name]>>[] };

/** Does each of `ways` `runs` times, one after the other, each run beginning with another one. */
export async function alternate<W extends Ways>(runs: number, ways: W): Promise<Alternated<W>> {
  const entries = Object.entries(ways);
  const results = new Map<string, unknown[]>(entries.map(([name]) => [name, []]));
  for (let run = 0; run < runs; run++) {
    const first = run % entries.length;
    for (const [name, way] of [...entries.slice(first), ...entries.slice(0, first)])
      results.get(name)?.push(await way());
  }
  return Object.fromEntries(results) as Alternated<W>;
}

/** Returns each of `over` divided by the one of the same run in `under`. Throws where they are not of as many runs. */
export function ratios(over: readonly number[], under: readonly number[]): number[] {
  if (over.length !== under.length) throw new Error(`${over.length} runs cannot be divided by ${under.length}`);
  return over.map((value, run) => value / (under[run] ?? Number.NaN));
}

/** Returns the medians of both ways in words, in seconds. */
export function mediansOf({ virtual, direct }: { virtual: readonly number[]; direct: readonly number[] }): string {
  return `virtual ${median(virtual).toFixed(1)} s, direct ${median(direct).toFixed(1)} s`;
}
