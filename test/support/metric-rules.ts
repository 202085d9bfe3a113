import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** What somebody asks a Prometheus server, and who. */
export interface Asked {
  by: string;
  expression: string;
}

/** One of `deploy/prometheus-alerts.yaml`. */
export interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

/** A panel of `deploy/grafana-dashboard.json`, in part. */
export interface Panel {
  type: string;
  title: string;
  description?: string;
  targets?: { expr: string }[];
  fieldConfig?: { defaults: { unit?: string } };
  datasource?: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  id: number;
}

/** What `deploy/grafana-dashboard.json` holds, in part. */
export interface Dashboard {
  panels: Panel[];
  templating: { list: { name: string; type: string; query: string | { query: string } }[] };
}

export const dashboard = () => JSON.parse(read('deploy/grafana-dashboard.json')) as Dashboard;

export const alerts = (): Alert[] => {
  const { groups } = parse(read('deploy/prometheus-alerts.yaml')) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
};

/** Returns all that the alerts and the panels ask for. */
export function allAsked(): Asked[] {
  return [
    ...alerts().map(({ alert, expr }) => ({ by: alert, expression: expr })),
    ...dashboard().panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ by: title, expression: expr })),
    ),
  ];
}

/** Returns the metrics that `expression` names, each with the labels that are asked of it. Throws if it is no PromQL; variables of Grafana are allowed. */
export function selectorsIn(expression: string): { metric: string; labels: string[] }[] {
  // Grafana puts durations in their place.
  const text = expression.replaceAll(/\$__(rate_interval|range|interval)/g, '5m');
  const tree = parser.parse(text);
  const found: { metric: string; labels: string[] }[] = [];
  tree.iterate({
    enter({ type, node, from, to }) {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${text}`);
      if (type.name !== 'VectorSelector') return;
      const metric = node.getChild('Identifier');
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      if (!metric) throw new Error(`a selector without a metric: ${text.slice(from, to)}`);
      const labels = matchers.map((each) => each.getChild('LabelName')).filter((each) => each !== null);
      found.push({
        metric: text.slice(metric.from, metric.to),
        labels: labels.map((label) => text.slice(label.from, label.to)),
      });
    },
  });
  return found;
}

/** Returns the labels by which `expression` groups or joins. */
export function groupingsIn(expression: string): string[] {
  const text = expression.replaceAll(/\$__(rate_interval|range|interval)/g, '5m');
  const labels: string[] = [];
  parser.parse(text).iterate({
    enter({ type, node }) {
      if (type.name !== 'GroupingLabels') return;
      for (const label of node.getChildren('LabelName')) labels.push(text.slice(label.from, label.to));
    },
  });
  return labels;
}

/** A row of the tables in docs/metrics.md. */
export interface DocumentedMetric {
  name: string;
  type: string;
  labels: string[];
}

/** Returns the rows under each heading of docs/metrics.md that has a table of metrics. */
export function documentedMetrics(): Record<'both' | 'k3v' | 'controller', DocumentedMetric[]> {
  const page = read('docs/metrics.md');
  const under = (title: string) => {
    const [, section = ''] = new RegExp(`^## ${title}$(.*?)(?=^## |(?![^]))`, 'ms').exec(page) ?? [];
    return [...section.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) ?\| (.{3,}) \|$/gm)].map(
      ([, name = '', type = '', labels = '']) => ({
        name,
        type,
        labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
      }),
    );
  };
  return { both: under('Of both'), k3v: under('Of k3v'), controller: under('Of the controller') };
}
