import { type KubeObject, keyOf, resources } from '../../src/kube/types.ts';
import type { AuditResult } from './audit-result.ts';
import type { BothWorlds } from './both-worlds.ts';
import type { ChurnLedger } from './churn-ledger.ts';
import { workloads } from './churn-subjects.ts';

/** Adds to `result` where the virtual cluster has not what its API server confirmed; `except` names plurals that a fault may have ended. */
export function checkLedger(
  { virtual }: Pick<BothWorlds, 'virtual'>,
  ledger: ChurnLedger,
  result: AuditResult,
  except: string[] = [],
): void {
  const there = new Map<string, KubeObject>();
  const add = (plural: string, objects: KubeObject[]) => {
    for (const object of objects) there.set(`${plural}/${keyOf(object)}`, object);
  };
  add(resources.namespaces.plural, virtual.namespaces);
  add(resources.pods.plural, virtual.pods);
  add(resources.services.plural, virtual.services);
  add(resources.configMaps.plural, virtual.configMaps);
  add(resources.secrets.plural, virtual.secrets);
  add(resources.persistentVolumeClaims.plural, virtual.claims);
  add(resources.deployments.plural, virtual.deployments);
  add(workloads.statefulSets.plural, virtual.statefulSets);
  add(workloads.jobs.plural, virtual.jobs);
  for (const { plural, key, fate } of ledger.entries()) {
    const found = there.get(`${plural}/${key}`);
    const line = `${plural} ${key}`;
    if (fate.is === 'unknown' || except.includes(plural)) continue;
    if (fate.is === 'gone') {
      if (found) result.orphaned.push(`${line}: was deleted, and the virtual cluster has it`);
    } else if (!found) result.lost.push(`${line}: was made, and the virtual cluster has none`);
    else {
      const missing = missingParts(found, fate.content, '');
      if (missing.length > 0) result.different.push(`${line}: ${missing.join('; ')}`);
    }
  }
}

/** Returns a line for each part of `expected` that `actual` has not, or not so. A list may have more items: API servers add some. */
function missingParts(actual: unknown, expected: unknown, path: string): string[] {
  if (Array.isArray(expected)) {
    const items: unknown[] = Array.isArray(actual) ? actual : [];
    return expected.flatMap((item, index) =>
      items.some((each) => missingParts(each, item, '').length === 0)
        ? []
        : [`${path}[${index}] was confirmed as ${JSON.stringify(item)}, there are ${JSON.stringify(actual)}`],
    );
  }
  if (typeof expected === 'object' && expected !== null) {
    return Object.entries(expected).flatMap(([field, value]) =>
      missingParts(Reflect.get(Object(actual), field), value, path === '' ? field : `${path}.${field}`),
    );
  }
  return Object.is(actual, expected)
    ? []
    : [`${path} was confirmed as ${JSON.stringify(expected)}, is ${JSON.stringify(actual)}`];
}
