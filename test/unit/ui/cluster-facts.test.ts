import { describe, expect, it } from 'vitest';
import type { Status } from '../../../src/cli/status.ts';
import { clusterFacts } from '../../../src/ui/cluster-facts.ts';

const counts = { virtual: 3, host: 1, inSync: 1, pending: 1, refused: 1, waiting: 0 };
const status: Status = {
  pid: 1,
  startedAt: '2026-01-01T00:00:00Z',
  distro: 'kubernetes',
  version: 'v1.36.3',
  datastore: 'SQLite in the data directory',
  host: { server: 'https://host', version: 'v1.36.3', namespace: 'team', simulated: false },
  id: 'default',
  kubeconfig: '/home/me/kubeconfig.yaml',
  children: {},
  synced: true,
  kinds: [
    {
      kind: 'Pod',
      plural: 'pods',
      ...counts,
      failing: {
        'shop/gpu': { reason: 'NotSupported', message: 'no claims' },
        'shop/late': { reason: 'FailedMount', message: 'no volume yet' },
        'shop/soon': { message: 'no node yet' },
      },
    },
  ],
  forbidden: ['nodes'],
};
const manifests = {
  total: 30,
  waiting: Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`Pod web-${index}`, 'no namespace'])),
};

describe('what the page is told of the status', () => {
  it('tells what is refused from what has to wait, by the reason of its event', () => {
    expect(clusterFacts(status).kinds).toEqual([
      {
        plural: 'pods',
        virtual: 3,
        host: 1,
        inSync: 1,
        pending: 1,
        refused: 1,
        failing: [
          { key: 'shop/gpu', isRefused: true, reason: 'NotSupported', message: 'no claims' },
          { key: 'shop/late', isRefused: false, reason: 'FailedMount', message: 'no volume yet' },
          { key: 'shop/soon', isRefused: false, message: 'no node yet' },
        ],
      },
    ]);
  });

  it('leaves out what is of no use in a browser, such as where the credentials lie', () => {
    expect(JSON.stringify(clusterFacts(status))).not.toContain('kubeconfig');
  });

  it('names the first manifests that wait, and counts all', () => {
    const { manifests: told } = clusterFacts({ ...status, manifests: { ...manifests, broken: 'no YAML' } });
    expect(told).toMatchObject({ waiting: 25, broken: 'no YAML' });
    expect(told?.failing).toHaveLength(20);
    expect(told?.failing[0]).toEqual({ key: 'Pod web-0', isRefused: false, message: 'no namespace' });
  });

  it('says nothing of manifests where another k3v leads, which applies them', () => {
    const following = clusterFacts({ ...status, manifests, replica: { identity: 'b', leads: false, leader: 'a' } });
    expect(following).toMatchObject({ leads: false });
    expect(following.manifests).toBeUndefined();
  });
});
