/** How much is done for a figure: `small` shows that it works, `default` takes some minutes on two processors, `full` is what the reaches are meant for. */
export const sizes = ['small', 'default', 'full'] as const;
export type Size = (typeof sizes)[number];

/** `×` is a ratio: of k3v's way to the same work straight on the host, or as the row says. The empty one is a count. */
export type Unit = '×' | '' | 'ms' | 's' | 'MB' | '%';

/** One line of the table. Less is better in each. */
export interface Row {
  title: string;
  unit: Unit;
  /** One for each run; at least one. */
  samples: number[];
  /** What the median should not exceed. Default: nobody has said. */
  reach?: number;
  /** What is behind it, for example the times of which it is the ratio. */
  note?: string;
}

/** What the figures are measured with. */
export interface Bench {
  size: Size;
  /** How often each thing is done. */
  runs: number;
  /** Whether somebody asked for just so many runs: what takes long does fewer otherwise. */
  runsAreGiven: boolean;
  /** The script that starts k3v, bundled as it is shipped. */
  program: string;
  /** Aborts when the user interrupts. */
  signal: AbortSignal;
}

/** Something that is measured. */
export interface Figure {
  /** What it is called on the command line. */
  name: string;
  describe: string;
  /** Where: on simulated pods, or on real ones, which needs Linux and root. */
  host: 'embedded' | 'real';
  /** Rejects when it cannot be measured. */
  measure(bench: Bench): Promise<Row[]>;
}

/** Returns how often something is done that takes long: at most `most` times, unless somebody asked for more. */
export function fewRuns({ runs, runsAreGiven }: Pick<Bench, 'runs' | 'runsAreGiven'>, most: number): number {
  return runsAreGiven ? runs : Math.min(runs, most);
}
