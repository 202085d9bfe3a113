import type { KubeClient } from '../kube/client.ts';
import { createWorkQueue } from '../kube/rate-limited-queue.ts';
import { type KubeObject, type Resource, joinKey, keyOf, resources } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import type { StateStore } from '../state/store.ts';
import type { Translator } from '../translate/translator.ts';
import type { Definitions } from './define-opt-in.ts';
import type { EnqueueRule, IndexRule, SyncContext, SyncSettings } from './define-syncer.ts';
import { createEventReconciler } from './event-reconciler.ts';
import { createEventRecorder } from './event-recorder.ts';
import { loadFutileWrites } from './futile-writes.ts';
import { eventWords } from './kinds/events.ts';
import { createMirrorReconciler } from './mirror-reconciler.ts';
import { createOutputReconciler } from './output-reconciler.ts';
import { outputIndexes, outputRules } from './outputs.ts';
import type { Reconciler } from './reconciler.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { createRecreateJournal } from './recreate-journal.ts';
import { createSideStores } from './side-stores.ts';
import { hostScope, virtualScope } from './store-scopes.ts';
import { createSyncReconciler } from './sync-reconciler.ts';
import { type Failures, runWorkers } from './worker.ts';

/** How one kind is doing. */
export interface KindStatus {
  kind: string;
  plural: string;
  virtual: number;
  host: number;
  waiting: number;
  failing: Record<string, string>;
}

/** Keeps the two clusters alike. States: new → `run()` → synced (first lists in, work begun) → ended by its signal. */
export interface SyncEngine {
  /** Resolves when the engine has ended and nothing of it is left running. */
  run(signal: AbortSignal): Promise<void>;
  synced(): Promise<void>;
  status(): KindStatus[];
  context: SyncContext;
}

/** Returns the engine for `registry`. `optional` says which optional host resources may be read. */
export async function createSyncEngine({
  virtual,
  host,
  registry,
  translator,
  settings,
  store,
  optional,
  indexes = [],
  log,
  now = Date.now,
}: {
  virtual: KubeClient;
  host: KubeClient;
  registry: Definitions;
  translator: Translator;
  settings: SyncSettings;
  store: StateStore;
  optional: (resource: Resource) => boolean;
  /** Further indexes, for others who read the engine's stores. */
  indexes?: IndexRule[];
  log: Logger;
  now?: () => number;
}): Promise<SyncEngine> {
  const clients = { virtual, host };
  const onWatchError = (side: string) => (resource: Resource, error: unknown) =>
    log.warn({ side, kind: resource.kind, reason: error instanceof Error ? error.message : error }, 'watch failed');
  const written = new Set(registry.syncers.map(({ resource, hostResource = resource }) => hostResource));
  const foreign = new Set(registry.mirrors.flatMap(({ reads = [] }) => reads));
  const scope = (resource: Resource) =>
    hostScope(resource, {
      translator,
      optional,
      isWritten: (each) => written.has(each),
      isForeign: (each) => foreign.has(each),
    });
  const stores = {
    virtual: createSideStores({ client: virtual, scope: virtualScope, onError: onWatchError('virtual') }),
    host: createSideStores({ client: host, scope, onError: onWatchError('host') }),
  };
  const context: SyncContext = { translator, virtual: stores.virtual, host: stores.host, settings };
  const journal = createRecreateJournal({ client: virtual, store });
  const events = createEventRecorder({
    client: virtual,
    now,
    onError: (error) => log.warn({ err: error }, 'could not write an event'),
  });
  const base: Omit<ReconcilerParts, 'queue'> = {
    context,
    clients,
    stores,
    futile: await loadFutileWrites(store),
    journal,
    events,
    now,
    log,
  };
  const failures = new Map<Reconciler, Failures>();
  const reconcilers: Reconciler[] = [];

  const addIndexes = (rules: IndexRule[] = []) => {
    for (const { side, resource, name, values } of rules) stores[side].informer(resource).addIndex(name, values);
  };
  const follow = ({ side, resource, keys }: EnqueueRule, add: (key: string) => void) => {
    stores[side].informer<KubeObject>(resource).onChange(({ previous, current }) => {
      for (const object of [previous, current]) if (object) for (const key of keys(object, context)) add(key);
    });
  };
  const register = (make: (parts: ReconcilerParts) => Reconciler) => {
    const reconciler = make({ ...base, queue: createWorkQueue() });
    reconcilers.push(reconciler);
    failures.set(reconciler, new Map());
    return reconciler.queue;
  };

  addIndexes(indexes);
  for (const definition of registry.syncers) {
    const { resource, hostResource = resource, namedAs = hostResource.kind } = definition;
    addIndexes(definition.indexes);
    for (const extra of definition.optionalHostResources ?? []) stores.host.informer(extra);
    const queue = register((parts) => createSyncReconciler(definition, parts));
    follow({ side: 'virtual', resource, keys: (object) => [keyOf(object)] }, queue.add);
    const ownerKeys = (object: KubeObject) => {
      const owner = translator.ownerOf(object, namedAs);
      return owner ? [joinKey(owner.namespace, owner.name)] : [];
    };
    follow({ side: 'host', resource: hostResource, keys: ownerKeys }, queue.add);
    for (const rule of [...(definition.usedBy ?? []), ...(definition.enqueuedBy ?? [])]) follow(rule, queue.add);
  }
  for (const definition of registry.mirrors) {
    addIndexes(definition.indexes);
    for (const extra of definition.optionalHostResources ?? []) stores.host.informer(extra);
    if (definition.reads) stores.host.informer(definition.reads);
    const queue = register((parts) => createMirrorReconciler(definition, parts));
    follow({ side: 'virtual', resource: definition.resource, keys: (object) => [keyOf(object)] }, queue.add);
    for (const rule of definition.enqueuedBy) follow(rule, queue.add);
    for (const key of definition.always ?? []) queue.add(key);
  }
  addIndexes(outputIndexes(registry.outputs));
  for (const resource of new Set(registry.outputs.map((output) => output.resource))) {
    const outputs = registry.outputs.filter((output) => output.resource === resource);
    const queue = register((parts) => createOutputReconciler(resource, outputs, parts));
    for (const rule of outputRules(resource, outputs)) follow(rule, queue.add);
  }
  if (stores.host.has(resources.events)) register(createEventReconciler);

  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined);

  async function run(outer: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const signal = AbortSignal.any([outer, failed.signal]);
    const informers = Promise.all([stores.virtual.start(signal), stores.host.start(signal)]);
    try {
      await Promise.all([stores.virtual.synced(), stores.host.synced()]);
      await journal.replay([resources.services]);
      ready.resolve();
      const stop = () => reconcilers.forEach(({ queue }) => queue.shutDown());
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      await Promise.all(
        reconcilers.map((each) => runWorkers(each, { failures: failuresOf(each), tell: tellTenant(each), log })),
      );
    } catch (error) {
      ready.reject(error);
      if (!outer.aborted) throw error;
    } finally {
      failed.abort();
      await informers;
    }
  }

  const failuresOf = (reconciler: Reconciler): Failures => failures.get(reconciler) ?? new Map();
  const tellTenant = (reconciler: Reconciler) => async (key: string, reason: string, message: string) => {
    const object = stores.virtual.lister<KubeObject>(reconciler.resource).get(key);
    if (!object) return;
    const { name, namespace = '', uid } = object.metadata;
    const host = { metadata: { name: reconciler.hostNameOf?.(key) ?? '' } };
    const owner = { kind: reconciler.resource.kind, namespace, name, uid };
    const words = eventWords({ host, owner, virtual: object }, message, context);
    await events.warn(reconciler.resource, object, reason, words);
  };

  return {
    run,
    synced: () => ready.promise,
    context,
    status: () =>
      reconcilers.map((each) => ({
        kind: each.resource.kind,
        plural: each.plural,
        ...each.counts(),
        waiting: each.queue.depth,
        failing: Object.fromEntries(failuresOf(each)),
      })),
  };
}
