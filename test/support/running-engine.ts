import type { ServedResource } from '../../src/kube/discovery.ts';
import { soleTerm } from '../../src/kube/lease-election.ts';
import { type Resource, resources } from '../../src/kube/types.ts';
import { type Logger, silentLog } from '../../src/log.ts';
import type { ContainerDefaults } from '../../src/quota/container-defaults.ts';
import type { Amounts } from '../../src/quota/quota.ts';
import { runTogether } from '../../src/run-together.ts';
import type { StateStore } from '../../src/state/store.ts';
import { type SyncEngine, createSyncEngine } from '../../src/syncer/engine.ts';
import type { OptInKind } from '../../src/syncer/define-opt-in.ts';
import type { SyncMeter } from '../../src/syncer/sync-meter.ts';
import { createRegistry } from '../../src/syncer/registry.ts';
import type { Translator } from '../../src/translate/translator.ts';
import type { FakeApiServer } from './fake-api-server.ts';
import { clientOf } from './running-informer.ts';

/** An engine with every kind; at work, unless it shares the clusters with others. */
export interface RunningEngine {
  engine: SyncEngine;
  stop(): Promise<void>;
}

/** Starts an engine between two fake API servers and waits until it has read both. `optional` (default: all) says what it may read of what it can do without; `kinds` are switched on, the custom resources among them as `served`. One that `leadsInTurn` leads when the test tells it to. */
export async function startEngineBetween({
  virtual,
  host,
  translator,
  store,
  optional = () => true,
  kinds = [],
  served,
  log = silentLog,
  now,
  metrics,
  quota,
  containerDefaults,
  leadsInTurn = false,
  meter,
}: {
  virtual: FakeApiServer;
  host: FakeApiServer;
  translator: Translator;
  store: StateStore;
  optional?: (resource: Resource) => boolean;
  kinds?: OptInKind[];
  served?: ServedResource | undefined;
  log?: Logger;
  now?: () => number;
  metrics?: { caPem: string };
  quota?: Amounts | undefined;
  containerDefaults?: ContainerDefaults | undefined;
  leadsInTurn?: boolean;
  meter?: SyncMeter;
}): Promise<RunningEngine> {
  const clients = { virtual: clientOf(virtual.url), host: clientOf(host.url) };
  const engine = await createSyncEngine({
    ...clients,
    registry: createRegistry({
      apiServer: { ip: '192.0.2.1', port: 7443 },
      serviceWebhook: { url: 'https://127.0.0.1:1/x', caPem: 'ca' },
      metrics,
      quota,
      containerDefaults,
      opened: kinds.map((kind) => kind.open(kind.isCustom && served ? served : servedAs(kind))),
      clusterTrustBundles: resources.clusterTrustBundles,
    }),
    translator,
    settings: {
      clusterDomain: 'cluster.local',
      quota,
      containerDefaults,
      optIn: new Set(kinds.map(({ name }) => name)),
      syncAll: new Set(),
    },
    store,
    leadsInTurn,
    optional,
    meter,
    log,
    // Both clocks go on together: nobody sets one.
    ...(now ? { now, elapsed: now } : {}),
  });
  const controller = new AbortController();
  const lead = async (signal: AbortSignal) => (leadsInTurn ? undefined : await engine.lead(soleTerm(signal)));
  const ended = runTogether([(signal) => engine.run(signal), lead], controller.signal);
  await engine.synced();
  return {
    engine,
    async stop() {
      controller.abort();
      await ended;
      for (const client of Object.values(clients)) client.close();
    },
  };
}

function servedAs({ rights }: OptInKind): ServedResource {
  const found = Object.values<Resource>(resources).find(({ plural }) => plural === rights[0]?.plural);
  if (!found) throw new Error(`no resource ${rights[0]?.plural}`);
  return { ...found, hasStatus: true };
}
