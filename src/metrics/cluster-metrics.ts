import { X509Certificate } from 'node:crypto';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { GateStanding } from '../kube/request-gate.ts';
import type { KindStatus } from '../syncer/engine.ts';
import type { SyncMeter } from '../syncer/sync-meter.ts';
import { type MeterClient, createClientMeter } from './client-meter.ts';
import { addLeaderGauge } from './leader-gauge.ts';
import { createProcessRegistry } from './process-registry.ts';
import { createQueueMeters } from './queue-meters.ts';
import { createSyncMeters } from './sync-meters.ts';
import { createWatchMeters } from './watch-meters.ts';

/** What a virtual cluster that is up is asked for its figures. */
export interface FollowedCluster {
  /** With its host namespace: what the operator calls it. */
  id: string;
  hostNamespace: string;
  controlPlane: {
    distro: string;
    version: string;
    /** PEM of its authority, and of the certificate that k3v itself shows: the latter is renewed. */
    caPem: string;
    admin: { certPem: string };
    /** By program, those that are up. */
    pids: () => Record<string, number>;
  };
  kinds: () => readonly Pick<KindStatus, 'plural' | 'inSync' | 'pending' | 'refused'>[];
  /** Whether this k3v is the one that writes. */
  leads: () => boolean;
  hostRequests: () => Pick<GateStanding, 'limit' | 'waiting'>;
}

/** Told of what a virtual cluster does. Labels name kinds and programs, never objects of the tenant. */
export interface ClusterMetrics {
  meterClient: MeterClient;
  readonly sync: SyncMeter;
  /** A program of the control plane died and was started again. */
  childRestarted: (program: string) => void;
  /** Has the rest read from `cluster`, whenever somebody asks. */
  follow(cluster: FollowedCluster): void;
  readonly registry: Registry;
}

/** Returns the figures of a virtual cluster. */
export function createClusterMetrics(now: () => number = () => performance.now()): ClusterMetrics {
  const registry = createProcessRegistry();
  const registers = [registry];
  const restarts = new Counter({
    name: 'k3v_child_restarts_total',
    help: 'How often a program of the control plane died and was started again.',
    labelNames: ['program'] as const,
    registers,
  });

  function follow({ id, hostNamespace, controlPlane, kinds, leads, hostRequests }: FollowedCluster): void {
    for (const program of Object.keys(controlPlane.pids())) restarts.inc({ program }, 0);
    addLeaderGauge(registry, 'k3v-syncer', leads);
    new Gauge({
      name: 'k3v_cluster_info',
      help: 'Always 1; which virtual cluster it is, and what its control plane is.',
      labelNames: ['id', 'host_namespace', 'distro', 'version'] as const,
      registers,
    }).set({ id, host_namespace: hostNamespace, distro: controlPlane.distro, version: controlPlane.version }, 1);
    new Gauge({
      name: 'k3v_certificate_expiration_timestamp_seconds',
      help: 'When a certificate of the virtual cluster expires, as seconds since 1970.',
      labelNames: ['certificate'] as const,
      registers,
      collect() {
        this.set({ certificate: 'administrator' }, expiryOf(controlPlane.admin.certPem));
        this.set({ certificate: 'authority' }, expiryOf(controlPlane.caPem));
      },
    });
    const ofRequests = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    ofRequests(
      'k3v_host_requests_limit',
      'How many requests to the host may be under way at a time, as it takes them well.',
      () => hostRequests().limit,
    );
    ofRequests(
      'k3v_host_requests_waiting',
      'Requests to the host that wait until they may be sent.',
      () => hostRequests().waiting,
    );
    const perKind = (name: string, help: string, read: (kind: ReturnType<typeof kinds>[number]) => number) =>
      new Gauge({
        name,
        help,
        labelNames: ['kind'] as const,
        registers,
        collect() {
          this.reset();
          for (const each of kinds()) this.inc({ kind: each.plural }, read(each));
        },
      });
    perKind('k3v_synced_objects', 'Objects of the virtual cluster that are in sync.', ({ inSync }) => inSync);
    perKind(
      'k3v_pending_objects',
      'Objects that will be in sync when their turn comes, or when something that they wait for is there.',
      ({ pending }) => pending,
    );
    perKind(
      'k3v_refused_objects',
      'Objects that stay as they are until somebody changes something: what they ask for is refused.',
      ({ refused }) => refused,
    );
  }

  return {
    registry,
    meterClient: createClientMeter(registry, now),
    sync: {
      watch: createWatchMeters(registry),
      kind: createSyncMeters(registry, createQueueMeters(registry, now), now),
    },
    childRestarted: (program) => restarts.inc({ program }),
    follow,
  };
}

function expiryOf(certificatePem: string): number {
  return new X509Certificate(certificatePem).validToDate.getTime() / 1000;
}
