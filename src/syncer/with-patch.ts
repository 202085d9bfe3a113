import type { KubeObject } from '../kube/types.ts';

type Fields = { [field: string]: unknown };

/**
 * Returns what `live` becomes by the strategic merge patch `body`, as far as amounts go: lists of things with names are merged by name, others are
 * replaced, and `$patch: replace` is heeded; what is undefined is not sent, and says nothing. Nothing is mutated.
 */
export function withPatch<T extends KubeObject>(live: T, body: unknown): T {
  return merged(live, body) as T;
}

function merged(live: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return mergedList(Array.isArray(live) ? live : [], patch);
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(live) ? { ...live } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else if (value !== undefined) result[field] = merged(result[field], value);
  }
  return result;
}

function mergedList(live: unknown[], patch: unknown[]): unknown[] {
  const isDirective = (item: unknown) => isFields(item) && '$patch' in item;
  if (patch.some(isDirective)) return patch.filter((item) => !isDirective(item));
  const nameOf = (item: unknown) => (isFields(item) ? item['name'] : undefined);
  if (patch.some((item) => nameOf(item) === undefined)) return patch;
  const known = new Set(live.map(nameOf));
  return [
    ...live.map((item) => {
      const change = patch.find((each) => nameOf(each) === nameOf(item));
      return change === undefined ? item : merged(item, change);
    }),
    ...patch.filter((item) => !known.has(nameOf(item))),
  ];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
