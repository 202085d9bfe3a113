import { expect, it } from 'vitest';
import { appliedPolicy, mergePolicy } from '../../../src/k3k/merge-policy.ts';
import type { ClusterSpec, VirtualClusterPolicy } from '../../../src/k3k/types.ts';
import { devContext } from '../../support/k3k-context.ts';

const everything: VirtualClusterPolicy = {
  metadata: { name: 'teams' },
  spec: {
    allowedMode: 'shared',
    defaultNodeSelector: { disk: 'ssd' },
    defaultPriorityClass: 'low',
    defaultServerAffinity: { nodeAffinity: {} },
    defaultAgentAffinity: { podAffinity: {} },
    sync: { ingresses: { enabled: false } },
    podSecurityContext: { runAsUser: 1 },
    securityContext: { runAsUser: 2 },
    runtimeClassName: 'gvisor',
    hostUsers: false,
  },
};
const applied = {
  priorityClass: 'low',
  nodeSelector: { disk: 'ssd' },
  serverAffinity: { nodeAffinity: {} },
  sync: { ingresses: { enabled: false } },
  podSecurityContext: { runAsUser: 1 },
  securityContext: { runAsUser: 2 },
  runtimeClassName: 'gvisor',
  hostUsers: false,
};
const own: ClusterSpec = {
  ...devContext().spec,
  priorityClass: 'high',
  nodeSelector: { disk: 'hdd' },
  hostUsers: true,
  tlsSANs: ['dev.example'],
};

it('wins over what the Cluster says itself, and leaves the rest of it', () => {
  expect(mergePolicy(own, everything)).toEqual({ ...own, ...applied });
});

it('gives agents their affinity only where there are some', () => {
  const virtual: ClusterSpec = { ...own, mode: 'virtual' };
  expect(mergePolicy(virtual, everything).agentAffinity).toEqual({ podAffinity: {} });
});

it('leaves a Cluster as it is that says nothing, or only empty names', () => {
  const silent = {
    metadata: { name: 'silent' },
    spec: { allowedMode: 'shared', defaultPriorityClass: '', defaultNodeSelector: {} },
  } as const;
  expect(mergePolicy(own, silent)).toEqual(own);
  expect(mergePolicy(own, undefined)).toBe(own);
  expect(appliedPolicy(silent)).toEqual({ name: 'silent' });
});

it('is shown in the status with all that it says', () => {
  expect(appliedPolicy(everything)).toEqual({ name: 'teams', ...applied, agentAffinity: { podAffinity: {} } });
});
