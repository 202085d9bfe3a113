/** One series of what a Prometheus server reads. */
export interface Figure {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** A metric, with all its series. */
export interface FigureFamily {
  type: string;
  figures: Figure[];
}

/** Returns the metrics in `text`, by name: https://prometheus.io/docs/instrumenting/exposition_formats/. */
export function figuresIn(text: string): Map<string, FigureFamily> {
  const families = new Map<string, FigureFamily>();
  let current: FigureFamily | undefined;
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) {
      current = { type, figures: [] };
      families.set(name, current);
    }
    if (line === '' || line.startsWith('#')) continue;
    const [, series = '', pairs = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (!current || value === undefined) throw new Error(`no line of figures: ${line}`);
    const labels = Object.fromEntries(
      [...pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, is = '']) => [key, is]),
    );
    current.figures.push({ name: series, labels, value: Number(value) });
  }
  return families;
}

/** Returns the sum of the series `name` in `text` that have `labels`. */
export function sumOf(text: string, name: string, labels: Record<string, string> = {}): number {
  return [...figuresIn(text).values()]
    .flatMap(({ figures }) => figures)
    .filter((figure) => figure.name === name)
    .filter((figure) => Object.entries(labels).every(([key, value]) => figure.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
