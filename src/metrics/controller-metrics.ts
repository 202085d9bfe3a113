import { Counter, Gauge, type Registry } from 'prom-client';
import type { WatchMeter } from '../kube/reflector.ts';
import type { Resource } from '../kube/types.ts';
import type { QueueMeter } from '../kube/work-queue.ts';
import { type MeterClient, createClientMeter } from './client-meter.ts';
import { addLeaderGauge } from './leader-gauge.ts';
import { createProcessRegistry } from './process-registry.ts';
import { createQueueMeters } from './queue-meters.ts';
import { createWatchMeters } from './watch-meters.ts';

/** What the controller of Clusters is asked for its figures. */
export interface FollowedController {
  /** How many Clusters there are in each phase. */
  phases: () => ReadonlyMap<string, number>;
  /** Whether it leads, and by which Lease. */
  lease: { name: string; isHeld: () => boolean };
}

/** Told of what the controller of Clusters does. */
export interface ControllerMetrics {
  meterClient: MeterClient;
  queue: (name: string) => QueueMeter;
  watch: (resource: Resource) => WatchMeter;
  /** One of `controller` was looked at. */
  reconciled: (controller: 'cluster' | 'policy', result: 'success' | 'requeue_after' | 'error') => void;
  /** Has the rest read from `controller`, whenever somebody asks. */
  follow(controller: FollowedController): void;
  readonly registry: Registry;
}

/** Returns the figures of `k3v controller`. */
export function createControllerMetrics(now: () => number = () => performance.now()): ControllerMetrics {
  const registry = createProcessRegistry();
  const watches = createWatchMeters(registry);
  const reconciled = new Counter({
    // The name that controller-runtime has for it.
    name: 'controller_runtime_reconcile_total',
    help: 'How often a Cluster or a policy was looked at, by what came of it.',
    labelNames: ['controller', 'result'] as const,
    registers: [registry],
  });
  return {
    registry,
    meterClient: createClientMeter(registry, now),
    queue: createQueueMeters(registry, now),
    watch: (resource) => watches('host', resource),
    reconciled: (controller, result) => reconciled.inc({ controller, result }),
    follow({ phases, lease }) {
      addLeaderGauge(registry, lease.name, lease.isHeld);
      new Gauge({
        name: 'k3k_clusters',
        help: 'Clusters by their phase.',
        labelNames: ['phase'] as const,
        registers: [registry],
        collect() {
          this.reset();
          for (const [phase, count] of phases()) this.set({ phase }, count);
        },
      });
    },
  };
}
