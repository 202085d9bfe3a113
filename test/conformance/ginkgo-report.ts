/** One spec in a JSON report of ginkgo (types.SpecReport of github.com/onsi/ginkgo/v2); only what is used here. */
export interface SpecReport {
  /** All texts of the spec, joined as ginkgo joins them for its focus. */
  name: string;
  labels: string[];
  state: string;
  /** 0: not run. */
  attempts: number;
  seconds: number;
  /** Why it failed or skipped itself. */
  message: string;
  output: string;
}

/** Returns the specs of a JSON report. Throws if `text` is none. */
export function parseGinkgoReport(text: string): SpecReport[] {
  const suites: unknown = JSON.parse(text);
  if (!Array.isArray(suites)) throw new Error('the report of e2e.test is no list of suites');
  return suites.flatMap((suite) => list(suite, 'SpecReports').flatMap(parseSpec));
}

function parseSpec(spec: unknown): SpecReport[] {
  if (string(spec, 'LeafNodeType') !== 'It') return [];
  const texts = [...list(spec, 'ContainerHierarchyTexts'), field(spec, 'LeafNodeText')];
  const labels = [...list(spec, 'ContainerHierarchyLabels'), list(spec, 'LeafNodeLabels')].flat();
  return [
    {
      name: texts.filter((part) => part !== '').join(' '),
      labels: labels.filter((label) => typeof label === 'string'),
      state: string(spec, 'State'),
      attempts: number(spec, 'NumAttempts'),
      seconds: Math.round(number(spec, 'RunTime') / 1e9),
      message: string(field(spec, 'Failure'), 'Message'),
      output: string(spec, 'CapturedGinkgoWriterOutput'),
    },
  ];
}

function field(value: unknown, name: string): unknown {
  return Reflect.get(Object(value), name);
}

function list(value: unknown, name: string): unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}

function string(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? found : '';
}

function number(value: unknown, name: string): number {
  const found = field(value, name);
  return typeof found === 'number' ? found : 0;
}
