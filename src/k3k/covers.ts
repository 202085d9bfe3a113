import equal from 'fast-deep-equal';
import { quantityOf } from '../translate/quantity.ts';

/** Lists whose items an API server merges one by one, as server-side apply does: others may add to them. Any other list is one whole. */
const mergedLists = new Set([
  'containers',
  'initContainers',
  'env',
  'imagePullSecrets',
  'ownerReferences',
  'ports',
  'volumeMounts',
  'volumes',
]);
/** Rights and openings in a network: what stands in one of them and is not wanted is no default. */
const exactLists = new Set(['rules', 'subjects', 'ingress', 'egress']);

/** Maps of quantities, which an API server gives in its own words: `1000m` is `1`. */
const amounts = new Set([
  'limits',
  'requests',
  'hard',
  'max',
  'min',
  'default',
  'defaultRequest',
  'maxLimitRequestRatio',
]);

/**
 * Whether `actual`, as an API server gives it, has all that `wanted` says. Fields that only `actual` has are defaults, or somebody else's; so are more items of a list that
 * is merged.
 */
export function covers(actual: unknown, wanted: unknown): boolean {
  if (wanted === undefined || wanted === null) return true;
  if (typeof wanted !== 'object') return actual === wanted;
  // Go leaves an empty map or list out.
  const found: unknown = actual ?? (Array.isArray(wanted) ? [] : {});
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((each, index) => covers(found[index], each))
    );
  }
  if (typeof found !== 'object') return false;
  return Object.entries(wanted).every(([key, value]) => coversField(Reflect.get(Object(found), key), value, key));
}

function coversField(actual: unknown, wanted: unknown, key: string): boolean {
  if (amounts.has(key) && !Array.isArray(wanted)) {
    return Object.entries(Object(wanted) as Record<string, unknown>).every(([name, amount]) =>
      isSameAmount(Reflect.get(Object(actual), name), amount),
    );
  }
  if (!Array.isArray(wanted)) return covers(actual, wanted);
  if (exactLists.has(key)) return equal(actual ?? [], asSent(wanted));
  if (!mergedLists.has(key)) return covers(actual, wanted);
  const items: unknown[] = Array.isArray(actual) ? actual : [];
  return wanted.every((each) => items.some((item) => covers(item, each)));
}

function isSameAmount(actual: unknown, wanted: unknown): boolean {
  return actual === wanted || quantityOf(String(actual)) === quantityOf(String(wanted));
}

/** Without what is `undefined`. */
function asSent(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
