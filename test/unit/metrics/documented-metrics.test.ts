import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Registry } from 'prom-client';
import { describe, expect, it, test } from 'vitest';
import { createClusterMetrics } from '../../../src/metrics/cluster-metrics.ts';
import { createControllerMetrics } from '../../../src/metrics/controller-metrics.ts';
import {
  type DocumentedMetric,
  alerts,
  allAsked,
  dashboard,
  documentedMetrics,
  groupingsIn,
  selectorsIn,
} from '../../support/metric-rules.ts';

const cluster = createClusterMetrics();
cluster.follow({
  id: 'a',
  hostNamespace: 'team',
  controlPlane: { distro: 'kubernetes', version: 'v1', caPem: '', admin: { certPem: '' }, pids: () => ({}) },
  kinds: () => [],
  leads: () => true,
  hostRequests: () => ({ limit: 8, waiting: 0 }),
});
const controller = createControllerMetrics();
controller.follow({ phases: () => new Map(), lease: { name: 'k3k-controller', isHeld: () => true } });

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
const metricsOf = (registry: Registry): DocumentedMetric[] =>
  registry
    .getMetricsAsArray()
    .map((metric) => ({
      name: metric.name,
      type: String(Reflect.get(metric, 'type')),
      labels: Reflect.get(metric, 'labelNames') as string[],
    }))
    .toSorted(byName);
const ofCluster = metricsOf(cluster.registry);
const ofController = metricsOf(controller.registry);

test('nothing but src/metrics knows the library: others are told of nothing and load nothing where nobody asks', () => {
  const source = join(import.meta.dirname, '../../../src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const users = files.filter((file) => readFileSync(join(source, file), 'utf8').includes("from 'prom-client'"));
  expect(users.filter((file) => dirname(file) !== 'metrics')).toEqual([]);
  expect(users.length).toBeGreaterThan(5);
});

describe('docs/metrics.md', () => {
  const { both, k3v, controller: own } = documentedMetrics();

  it('has a row for each metric of k3v, with its type and labels, and no other', () => {
    expect([...both, ...k3v].toSorted(byName)).toEqual(ofCluster);
  });

  it('has a row for each metric of k3v controller, with its type and labels, and no other', () => {
    expect([...both, ...own].toSorted(byName)).toEqual(ofController);
  });
});

/** What Prometheus itself adds. */
const targetLabels = ['job', 'instance'];
const known = new Map<string, string[]>([['up', targetLabels]]);
for (const { name, type, labels } of [...ofCluster, ...ofController]) {
  const series = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => `${name}${end}`) : [name];
  for (const each of series) known.set(each, [...labels, ...targetLabels, ...(type === 'histogram' ? ['le'] : [])]);
}

test.each(allAsked())('$by asks for metrics and labels that there are: $expression', ({ expression }) => {
  const selectors = selectorsIn(expression);
  expect(selectors.length).toBeGreaterThan(0);
  const labels = new Set<string>();
  for (const { metric, labels: asked } of selectors) {
    expect([...known.keys()]).toContain(metric);
    expect(known.get(metric)).toEqual(expect.arrayContaining(asked));
    for (const label of known.get(metric) ?? []) labels.add(label);
  }
  expect([...labels]).toEqual(expect.arrayContaining(groupingsIn(expression)));
});

test('what is no PromQL, or names no metric, is found out', () => {
  expect(() => selectorsIn('sum(rate(x[5m]) by')).toThrow(/no PromQL/);
  expect(() => selectorsIn('sum({job="k3v"})')).toThrow(/without a metric/);
  expect(selectorsIn('rate(a_total{b=~"$c"}[$__rate_interval]) / d')).toEqual([
    { metric: 'a_total', labels: ['b'] },
    { metric: 'd', labels: [] },
  ]);
});

describe('deploy/prometheus-alerts.yaml', () => {
  test.each(alerts())('$alert says how bad it is, after what time, and what to look at', (rule) => {
    expect(Object.keys(rule).toSorted()).toEqual(['alert', 'annotations', 'expr', 'for', 'labels']);
    expect(rule.for).toMatch(/^\d+[mh]$/);
    expect(rule.labels.severity).toMatch(/^(critical|warning|info)$/);
    expect(rule.annotations.summary).toMatch(/^.{20,140}$/);
    expect(rule.annotations.description).toMatch(/^.{40,}\.$/);
  });

  test.each(alerts())('$alert tells no label that its expression does not leave', ({ expr, annotations }) => {
    const told = [...`${annotations.summary} ${annotations.description}`.matchAll(/\$labels\.(\w+)/g)];
    const aggregates = /\b(sum|max|min|count) by /.test(expr);
    const left = aggregates ? groupingsIn(expr) : selectorsIn(expr).flatMap(({ metric }) => known.get(metric) ?? []);
    expect(left).toEqual(expect.arrayContaining(told.map(([, label]) => label)));
  });

  it('has no two of a name', () => {
    const names = alerts().map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(10);
  });
});

describe('deploy/grafana-dashboard.json', () => {
  const { panels, templating } = dashboard();

  test.each(panels.filter(({ type }) => type !== 'row'))(
    '$title has a unit, a description and the data source that was chosen',
    (panel) => {
      expect(panel.fieldConfig?.defaults.unit).toMatch(/^\w+$/);
      expect(panel.description).toMatch(/^.{10,}\.$/);
      expect(panel.datasource?.uid).toBe('${datasource}');
      expect(panel.targets?.length).toBeGreaterThan(0);
    },
  );

  it('lays panels side by side, none over another or over the edge', () => {
    const taken = new Set<string>();
    for (const {
      gridPos: { x, y, w, h },
    } of panels) {
      expect(x + w).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column += 1) {
        for (let line = y; line < y + h; line += 1) {
          expect(taken.has(`${column}/${line}`)).toBe(false);
          taken.add(`${column}/${line}`);
        }
      }
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('uses the variables that it has, and they ask for metrics that there are', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../deploy/grafana-dashboard.json'), 'utf8');
    const used = [...text.matchAll(/\$\{?([a-z_]+)\}?/g)]
      .map(([, name = '']) => name)
      .filter((name) => !name.startsWith('__'));
    expect(new Set(used)).toEqual(new Set(templating.list.map(({ name }) => name)));
    for (const { type, query } of templating.list) {
      if (type === 'datasource') continue;
      const [, metric = '', label = ''] =
        /^label_values\((\w+), (\w+)\)$/.exec(typeof query === 'string' ? query : query.query) ?? [];
      expect(known.get(metric)).toContain(label);
    }
  });

  it('has a row for k3v controller', () => {
    expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toContain('k3v controller');
  });
});
