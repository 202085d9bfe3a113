import type { Refusal } from '../refusal.ts';
import type { PodRules, Toleration } from './pod-rules.ts';

/** As Kubernetes has label keys and values (apimachinery, `IsQualifiedName` and `IsValidLabelValue`). */
const name = String.raw`[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
const domain = String.raw`[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`;
const isKey = (text: string) => new RegExp(`^(${domain}/)?${name}$`).test(text);
const isValue = (text: string) => new RegExp(`^(${name})?$`).test(text);

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Returns the labels in `items`, each `<key>=<value>`, or what is wrong with one of them. */
export function parseNodeSelector(items: string[]): PodRules['nodeSelector'] | Refusal {
  const labels = new Map<string, string>();
  for (const item of items) {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/.exec(item) ?? [];
    if (!isKey(key) || !isValue(value)) {
      return { wrong: `has "${item}"`, wanted: 'a label of nodes, for example disk=ssd' };
    }
    if (labels.has(key)) return { wrong: `names ${key} more than once`, wanted: 'each label with one value' };
    labels.set(key, value);
  }
  return Object.fromEntries(labels);
}

/**
 * Returns the tolerations in `items`, each as `kubectl taint` writes a taint, or less of it: `key=value:effect`, `key:effect` for any value, `key=value` or `key` for
 * any effect, `*` for every taint. Or what is wrong with one of them.
 */
export function parseTolerations(items: string[]): PodRules['tolerations'] | Refusal {
  const tolerations: Toleration[] = [];
  for (const item of items) {
    const toleration = tolerationOf(item);
    if (!toleration) {
      return {
        wrong: `has "${item}"`,
        wanted: `a taint such as key=value:NoSchedule, key:NoExecute or key, or * for all; effects are ${effects.join(', ')}`,
      };
    }
    tolerations.push(toleration);
  }
  return tolerations;
}

function tolerationOf(item: string): Toleration | undefined {
  if (item === '*') return { operator: 'Exists' };
  const [, key = '', , value, , effect] = /^([^=:]+)(=([^:]*))?(:(.*))?$/.exec(item) ?? [];
  if (!isKey(key) || !isValue(value ?? '') || (effect !== undefined && !effects.includes(effect))) return undefined;
  const matched = value === undefined ? { key, operator: 'Exists' } : { key, operator: 'Equal', value };
  return { ...matched, ...(effect === undefined ? {} : { effect }) };
}
