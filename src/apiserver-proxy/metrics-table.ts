import type { NodeMetrics, PodMetrics, ResourceUsage } from '../kube/types.ts';
import { binaryQuantity, decimalQuantity, quantityOf } from '../translate/quantity.ts';

/** Whether `accept` asks for what `kubectl get` prints: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables. */
export function wantsTable(accept: string): boolean {
  const [first = ''] = accept.split(',');
  return /;\s*as=Table\b/.test(first) && /;\s*v=v1\s*(;|$)/.test(first);
}

/** Returns the Table of `items` with the columns of metrics-server: the name, each resource and the window. */
export function metricsTable(items: readonly (PodMetrics | NodeMetrics)[]): object {
  const usages = items.map((each) => ('usage' in each ? each.usage : sumOf(each.containers.map(({ usage }) => usage))));
  const names = Object.keys(usages[0] ?? {}).sort();
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions:
      items.length === 0
        ? []
        : [
            column('Name', 'name', 'Name of the resource'),
            ...names.map((name) => column(name, 'quantity')),
            column('Window', 'duration'),
          ],
    rows: items.map(({ metadata, window }, index) => ({
      cells: [metadata.name, ...names.map((name) => usages[index]?.[name] ?? '0'), window],
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata },
    })),
  };
}

function column(name: string, format: string, description = ''): object {
  return { name, type: 'string', format, description, priority: 0 };
}

function sumOf(usages: ResourceUsage[]): ResourceUsage {
  const sums: Record<string, number> = {};
  for (const usage of usages) {
    for (const [name, text] of Object.entries(usage)) sums[name] = (sums[name] ?? 0) + quantityOf(text);
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, quantity(name, sum)]));
}

function quantity(name: string, amount: number): string {
  return name === 'memory' ? binaryQuantity(Math.round(amount)) : decimalQuantity(Math.round(amount * 1e9));
}
