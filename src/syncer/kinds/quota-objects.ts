import {
  type KubeObject,
  type LimitRange,
  type Namespace,
  type Resource,
  type ResourceQuota,
  joinKey,
  keyOf,
  resources,
  splitKey,
} from '../../kube/types.ts';
import type { ContainerDefaults } from '../../quota/container-defaults.ts';
import { type Amounts, amountOf, quantitiesOf } from '../../quota/quota.ts';
import { type MirrorDefinition, defineMirror } from '../define-mirror.ts';
import { enqueueFrom } from '../enqueue-rule.ts';
import type { SyncContext } from '../sync-context.ts';

/** The name of the ResourceQuota and the LimitRange of each namespace. */
const name = 'k3v';
/** What is used in one namespace changes what is left in all others: they are told not more often than this, and the more of them there are the less often. */
const settleMs = 1_000;
const settleMsPerNamespace = 50;

/**
 * Keeps a ResourceQuota in each namespace of the virtual cluster, with what the other namespaces leave of `total`; without one, removes what k3v made.
 */
export function resourceQuotaMirror(total: Amounts | undefined): MirrorDefinition<ResourceQuota> {
  const usage = rememberUsage(total);
  return inEachNamespace<ResourceQuota>(resources.resourceQuotas, {
    wanted: total && ((key, context) => ({ spec: { hard: hardFor(key, total, { context, usage }) } })),
    enqueuedBy: [
      {
        ...enqueueFrom<ResourceQuota>('virtual', resources.resourceQuotas, (changed, { virtual }) =>
          total && changed.metadata.name === name
            ? [...virtual.lister<ResourceQuota>(resources.resourceQuotas).list()]
                .filter((each) => each.metadata.name === name && keyOf(each) !== keyOf(changed))
                .map(keyOf)
            : [],
        ),
        afterMs: ({ virtual }) =>
          Math.max(settleMs, settleMsPerNamespace * virtual.lister<Namespace>(resources.namespaces).size()),
      },
    ],
  });
}

/** Keeps a LimitRange with `defaults` in each namespace of the virtual cluster; without any, removes what k3v made. */
export function limitRangeMirror(defaults: ContainerDefaults | undefined): MirrorDefinition<LimitRange> {
  const spec = defaults && {
    limits: [
      {
        type: 'Container',
        ...(defaults.limits.size > 0 ? { default: quantitiesOf(defaults.limits) } : {}),
        ...(defaults.requests.size > 0 ? { defaultRequest: quantitiesOf(defaults.requests) } : {}),
      },
    ],
  };
  return inEachNamespace<LimitRange>(resources.limitRanges, { wanted: spec && (() => ({ spec })) });
}

/** Keeps an object of `resource` in each namespace; others of the kind, and those of a namespace that is going, stay as they are. */
function inEachNamespace<V extends KubeObject & { spec?: unknown }>(
  resource: Resource,
  {
    wanted,
    enqueuedBy = [],
  }: {
    wanted: ((key: string, context: SyncContext) => Pick<V, 'spec'>) | undefined;
    enqueuedBy?: MirrorDefinition<V>['enqueuedBy'];
  },
): MirrorDefinition<V> {
  return defineMirror<V>({
    resource,
    enqueuedBy: [
      enqueueFrom<Namespace>('virtual', resources.namespaces, ({ metadata }) => [joinKey(metadata.name, name)]),
      ...enqueuedBy,
    ],
    fromHost(key, context) {
      const { namespace, name: own } = splitKey(key);
      const found = context.virtual.lister<Namespace>(resources.namespaces).get(namespace);
      if (own !== name || found?.metadata.deletionTimestamp) return context.virtual.lister<V>(resource).get(key);
      if (!found || !wanted) return undefined;
      const object: KubeObject = { apiVersion: resource.version, kind: resource.kind, metadata: { name, namespace } };
      return { ...object, ...wanted(key, context) } as V;
    },
    wholeFields: ['spec'],
    // A tenant may have made one with scopes, which never change.
    mayBeMadeAnew: true,
  });
}

function hardFor(
  key: string,
  total: Amounts,
  { context, usage }: { context: SyncContext; usage: (quota: ResourceQuota) => Amounts },
): Record<string, string> {
  const left = new Map(total);
  for (const quota of context.virtual.lister<ResourceQuota>(resources.resourceQuotas).list()) {
    if (quota.metadata.name !== name || keyOf(quota) === key) continue;
    for (const [each, used] of usage(quota)) left.set(each, Math.max(0, (left.get(each) ?? 0) - used));
  }
  return quantitiesOf(left);
}

/** Returns what a ResourceQuota says is used of the names in `total`, worked out once for each of its versions. */
function rememberUsage(total: Amounts | undefined): (quota: ResourceQuota) => Amounts {
  const known = new WeakMap<ResourceQuota, Amounts>();
  return (quota) => {
    const before = known.get(quota);
    if (before) return before;
    const names = [...(total?.keys() ?? [])];
    const amounts = names.map((each): [string, number] => [
      each,
      amountOf(each, quota.status?.used?.[each] ?? '0') || 0,
    ]);
    const used = new Map(amounts);
    known.set(quota, used);
    return used;
  };
}
