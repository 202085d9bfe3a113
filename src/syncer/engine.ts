import type { KubeClient } from '../kube/client.ts';
import { fenceClient } from '../kube/fenced-client.ts';
import type { Term } from '../kube/lease-election.ts';
import type { KubeObject, Resource } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import type { StateStore } from '../state/store.ts';
import type { Translator } from '../translate/translator.ts';
import type { Definitions } from './define-opt-in.ts';
import type { IndexRule } from './index-rule.ts';
import type { SyncContext, SyncSettings } from './sync-context.ts';
import { createEventRecorder } from './event-recorder.ts';
import { loadFutileWrites } from './futile-writes.ts';
import { guardHost } from './guard-host.ts';
import { createIssuerClock } from './issuer-clock.ts';
import { eventWords } from './kinds/events.ts';
import { createQuotaLedger, leadersOnly } from './quota-ledger.ts';
import { type Registered, registerKinds } from './register-kinds.ts';
import { createShift } from './shift.ts';
import { createSideStores } from './side-stores.ts';
import { type Standing, standingOf } from './standing.ts';
import { hostScope, virtualScope } from './store-scopes.ts';
import type { SyncMeter } from './sync-meter.ts';

/** How one kind is doing. */
export interface KindStatus extends Standing {
  kind: string;
  plural: string;
  virtual: number;
  host: number;
  /** Virtual objects of which nothing is pending or refused. */
  inSync: number;
  /** Keys in the queue. */
  waiting: number;
}

/** Keeps the two clusters alike. States: new → `run()` → synced (first lists in) ⇄ at work (`lead()`) → ended by its signal. */
export interface SyncEngine {
  /** Keeps the stores. Resolves when it has ended and nothing of it is left running. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when the stores hold their first lists; rejects if `run` ends before. */
  synced(): Promise<void>;
  /** Waits for the first lists, then looks at every key and works all that changes while the term lasts. One term at a time. */
  lead(term: Term): Promise<void>;
  status(): KindStatus[];
  /**
   * Returns a client that writes to the host as `client` does, within the quota: what there is no room for rejects with QuotaExceeded. While this engine
   * does not lead, and so does not know what others are making, what counts rejects with NotYet.
   */
  withinQuota(client: KubeClient): KubeClient;
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
  leadsInTurn = false,
  optional,
  indexes = [],
  meter,
  log,
  now = Date.now,
  elapsed = () => performance.now(),
}: {
  virtual: KubeClient;
  host: KubeClient;
  registry: Definitions;
  translator: Translator;
  settings: SyncSettings;
  store: StateStore;
  /**
   * Whether others lead in turn. A term that follows another one's begins with fresh lists of both sides, and without what this engine learned before, as the other has
   * written since. Default: false.
   */
  leadsInTurn?: boolean;
  optional: (resource: Resource) => boolean;
  /** Further indexes, for others who read the engine's stores. */
  indexes?: IndexRule[];
  /** Told of what it does. Default: nobody. */
  meter?: SyncMeter | undefined;
  log: Logger;
  now?: () => number;
  /** Milliseconds by a clock that nobody sets. */
  elapsed?: () => number;
}): Promise<SyncEngine> {
  let current: Term | undefined;
  let leads = false;
  const writing = (client: KubeClient) => (leadsInTurn ? fenceClient(client, () => current) : client);
  const onWatchError = (side: string) => (resource: Resource, error: unknown) =>
    log.warn({ side, kind: resource.kind, reason: error instanceof Error ? error.message : error }, 'watch failed');
  const watchesOf = (side: 'virtual' | 'host') => meter && ((resource: Resource) => meter.watch(side, resource));
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
    virtual: createSideStores({
      client: virtual,
      scope: virtualScope,
      onError: onWatchError('virtual'),
      meter: watchesOf('virtual'),
    }),
    host: createSideStores({ client: host, scope, onError: onWatchError('host'), meter: watchesOf('host') }),
  };
  const { quota } = settings;
  const ledger = quota && createQuotaLedger({ quota, stores, translator, wake, elapsed });
  const guarded = (client: KubeClient) => (ledger ? guardHost(client, ledger, { waits: true }) : client);
  const clients = { virtual: writing(virtual), host: guarded(writing(host)) };
  const context: SyncContext = { translator, virtual: stores.virtual, host: stores.host, settings };
  const futile = await loadFutileWrites(store);
  const events = createEventRecorder({
    client: clients.virtual,
    now,
    onError: (error) => log.warn({ err: error }, 'could not write an event'),
  });
  for (const { side, resource, name, values } of indexes) stores[side].informer(resource).addIndex(name, values);
  const issuerClock = createIssuerClock(elapsed);
  const parts = { context, clients, stores, futile, events, now, issuerClock, log };
  const registered = registerKinds(registry, parts, meter?.kind);
  const shift = createShift({ registered, stores, context, tell: tellTenant, log });

  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined);

  async function run(signal: AbortSignal): Promise<void> {
    const ended = Promise.all([stores.virtual.start(signal), stores.host.start(signal)]);
    const listed = Promise.all([stores.virtual.synced(), stores.host.synced()]);
    await listed.then(() => ready.resolve(), ready.reject);
    await ended;
  }

  async function lead(term: Term): Promise<void> {
    current = term;
    try {
      // An API server that is away must not keep a term from ending.
      await Promise.race([begin(term), endOf(term.ending)]);
      await shift.work(term.ending);
    } catch (error) {
      if (!term.ending.aborted) throw error;
    } finally {
      leads = false;
      current = undefined;
    }
  }

  async function begin({ ending, continues }: Term): Promise<void> {
    await ready.promise;
    if (!continues) {
      await futile.forget();
      await Promise.all([stores.virtual.relist(), stores.host.relist()]);
    }
    // Nobody has waited for the lists of a term that ended meanwhile.
    if (!ending.aborted) leads = true;
  }

  function wake(resource: Resource, key: string): void {
    // Companions of pods are of their kind, too, but are called by another name.
    const isOf = ({ reconciler }: Registered) =>
      reconciler.resource === resource && reconciler.plural === resource.plural;
    const waiting = registered.find(isOf);
    waiting?.reconciler.queue.add(key);
  }

  function tellTenant({ reconciler }: Registered) {
    return async (key: string, reason: string, message: string) => {
      const object = stores.virtual.lister<KubeObject>(reconciler.resource).get(key);
      if (!object) return;
      const { name, namespace = '', uid } = object.metadata;
      const about = { metadata: { name: reconciler.hostNameOf?.(key) ?? '' } };
      const owner = { kind: reconciler.resource.kind, namespace, name, uid };
      const words = eventWords({ host: about, owner, virtual: object }, message, context);
      await events.warn(reconciler.resource, object, reason, words);
    };
  }

  return {
    run,
    synced: () => ready.promise,
    lead,
    context,
    withinQuota: (client) =>
      ledger
        ? guardHost(
            client,
            leadersOnly(ledger, () => leads),
            { waits: false },
          )
        : client,
    status: () =>
      registered.map((each) => {
        const { resource, plural, queue } = each.reconciler;
        const { virtual: inVirtual, host: onHost } = each.reconciler.counts();
        const standing = standingOf(shift.failuresOf(each), queue);
        // A key may be that of an object that has gone on the virtual side.
        const inSync = Math.max(0, inVirtual - standing.pending - standing.refused);
        const { kind } = resource;
        return { kind, plural, virtual: inVirtual, host: onHost, inSync, waiting: queue.depth, ...standing };
      }),
  };
}

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
