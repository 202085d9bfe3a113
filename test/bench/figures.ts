import type { Figure } from './figure.ts';
import { clusterObjects } from './figures/cluster-objects.ts';
import { clusters } from './figures/clusters.ts';
import { createLatency } from './figures/create-latency.ts';
import { deployments, deploymentsOnDefaults } from './figures/deployments.ts';
import { memory } from './figures/memory.ts';
import { noisyNeighbours } from './figures/neighbours.ts';
import { podLatency } from './figures/pod-latency.ts';
import { podRequests } from './figures/pod-requests.ts';
import { references } from './figures/references.ts';
import { restart } from './figures/restart.ts';
import { services } from './figures/services.ts';
import { start } from './figures/start.ts';
import { statusLatency } from './figures/status-latency.ts';
import { streams } from './figures/streams.ts';

/** All that can be measured, in the order of the table. */
export const figures: readonly Figure[] = [
  start,
  createLatency,
  statusLatency,
  deployments,
  deploymentsOnDefaults,
  podRequests,
  restart,
  memory,
  references,
  services,
  noisyNeighbours,
  clusterObjects,
  clusters,
  podLatency,
  streams,
];
