import { createWorkQueue } from '../kube/rate-limited-queue.ts';
import { type KubeObject, type Resource, keyOf, resources } from '../kube/types.ts';
import type { Definitions } from './define-opt-in.ts';
import { type EnqueueRule, enqueueFrom } from './enqueue-rule.ts';
import type { IndexRule } from './index-rule.ts';
import { createEventReconciler } from './event-reconciler.ts';
import { createMirrorReconciler } from './mirror-reconciler.ts';
import { createOutputReconciler } from './output-reconciler.ts';
import { outputIndexes, outputRules } from './outputs.ts';
import type { Reconciler } from './reconciler.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import type { KindMeter, SyncMeter } from './sync-meter.ts';
import { createSyncReconciler } from './sync-reconciler.ts';

/** A reconciler, and which keys it has to look at. */
export interface Registered {
  reconciler: Reconciler;
  enqueuedBy: EnqueueRule[];
  /** Keys that are looked at whether or not anything stands there. */
  always: string[];
  meter: KindMeter | undefined;
}

/** Makes the reconcilers of `registry`, with the informers and indexes that they need; to be called before the stores start. */
export function registerKinds(
  registry: Definitions,
  parts: Omit<ReconcilerParts, 'queue' | 'plural' | 'meter'>,
  meterOf: SyncMeter['kind'] | undefined,
): Registered[] {
  const { stores } = parts;
  const registered: Registered[] = [];

  const addIndexes = (rules: IndexRule[] = []) => {
    for (const { side, resource, name, values } of rules) stores[side].informer(resource).addIndex(name, values);
  };
  const register = (
    plural: string,
    make: (parts: ReconcilerParts) => Reconciler,
    enqueuedBy: EnqueueRule[] = [],
    always: string[] = [],
  ) => {
    const meter = meterOf?.(plural);
    const reconciler = make({ ...parts, plural, queue: createWorkQueue({ meter: meter?.queue }), meter });
    registered.push({ reconciler, enqueuedBy: [...enqueuedBy, ...(reconciler.enqueuedBy ?? [])], always, meter });
  };

  for (const definition of registry.syncers) {
    const { resource, hostResource = resource, usedBy = [], enqueuedBy = [] } = definition;
    const { statusName = hostResource.plural } = definition;
    addIndexes(definition.indexes);
    for (const extra of definition.optionalHostResources ?? []) stores.host.informer(extra);
    const mayCross = (virtual: KubeObject) => definition.mayCross?.(virtual) ?? true;
    const ownRule: EnqueueRule = {
      ...enqueueFrom('virtual', resource, (object) => (mayCross(object) ? ownKey(object) : [])),
      matters: (previous, current) => definition.matters?.(previous, current) ?? true,
    };
    // Where all may cross, no key has to be looked up for that.
    const others = definition.mayCross ? enqueuedBy.map((rule) => onlyOf(resource, mayCross, rule)) : enqueuedBy;
    // Whoever names an object as before says nothing new of it: one ConfigMap may be named by every pod there is.
    const users = usedBy.map((rule) => ({ ...rule, onlyDiffering: true }));
    const rules = [ownRule, ...users, ...others];
    register(statusName, (each) => createSyncReconciler(definition, each), rules);
  }
  for (const definition of registry.mirrors) {
    addIndexes(definition.indexes);
    for (const extra of definition.optionalHostResources ?? []) stores.host.informer(extra);
    if (definition.reads) stores.host.informer(definition.reads);
    const rules = [enqueueFrom('virtual', definition.resource, ownKey), ...definition.enqueuedBy];
    const { plural } = definition.resource;
    register(plural, (each) => createMirrorReconciler(definition, each), rules, definition.always);
  }
  addIndexes(outputIndexes(registry.outputs));
  for (const resource of new Set(registry.outputs.map((output) => output.resource))) {
    const outputs = registry.outputs.filter((output) => output.resource === resource);
    const name = `${resource.plural} of the host`;
    register(name, (each) => createOutputReconciler(resource, outputs, each), outputRules(resource, outputs));
  }
  if (stores.host.has(resources.events)) register(resources.events.plural, createEventReconciler);
  return registered;
}

/** Returns `rule` without the keys of objects that may not cross. */
function onlyOf(resource: Resource, mayCross: (virtual: KubeObject) => boolean, rule: EnqueueRule): EnqueueRule {
  return {
    ...rule,
    keys: (object, context) =>
      rule.keys(object, context).filter((key) => {
        const virtual = context.virtual.lister<KubeObject>(resource).get(key);
        return !virtual || mayCross(virtual);
      }),
  };
}

function ownKey(object: KubeObject): string[] {
  return [keyOf(object)];
}
