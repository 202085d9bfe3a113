import { type Amounts, amountOf } from './quota.ts';
import type { Refusal } from '../refusal.ts';
import { parseAmounts } from './parse-quota.ts';

/** What a container requests, and is limited to, that does not say so itself. */
export interface ContainerDefaults {
  requests: Amounts;
  limits: Amounts;
}

/** What a container gets where a quota asks for it and nothing else is wanted. */
const standard = {
  requests: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '1Gi' },
  limits: { cpu: '1', memory: '512Mi', 'ephemeral-storage': '8Gi' },
};
const names = Object.keys(standard.requests);
const known = { names, isKnown: (name: string) => names.includes(name) };

/** Returns the amounts in `items`, each `<name>=<quantity>`, or what is wrong with one of them. */
export function parseDefaults(items: string[]): Amounts | Refusal {
  return parseAmounts(items, known);
}

/**
 * Returns the defaults: those that are `given`, and a standard one for each resource that `quota` names, as it would refuse a container that says nothing.
 * A limit has a request beside it, which would be as large else. Undefined where nothing is wanted.
 */
export function containerDefaults(quota: Amounts | undefined, given: ContainerDefaults): ContainerDefaults | undefined {
  const requests = new Map<string, number>();
  const limits = new Map<string, number>();
  for (const name of names) {
    const isLimited = quota?.has(`limits.${name}`) ?? false;
    const isNamed = isLimited || quota?.has(name) || quota?.has(`requests.${name}`);
    const [givenRequest, givenLimit] = [given.requests.get(name), given.limits.get(name)];
    const request = givenRequest ?? (isNamed || givenLimit !== undefined ? standardOf('requests', name) : undefined);
    const limit = givenLimit ?? (isLimited ? Math.max(standardOf('limits', name), givenRequest ?? 0) : undefined);
    if (request !== undefined) requests.set(name, Math.min(request, givenLimit ?? Number.POSITIVE_INFINITY));
    if (limit !== undefined) limits.set(name, limit);
  }
  return requests.size + limits.size > 0 ? { requests, limits } : undefined;
}

/** Returns the name of which more would be requested than the limit is, if there is one. */
export function contradictionIn({ requests, limits }: ContainerDefaults): string | undefined {
  return [...requests].find(([name, amount]) => amount > (limits.get(name) ?? Number.POSITIVE_INFINITY))?.[0];
}

function standardOf(part: 'requests' | 'limits', name: string): number {
  return amountOf(name, new Map(Object.entries(standard[part])).get(name) ?? '0');
}
