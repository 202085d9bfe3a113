import { describe, expect, test } from 'vitest';
import { clusterChanges } from '../../../src/k3k/client/cluster-changes.ts';
import type { Cluster } from '../../../src/k3k/types.ts';

const cluster: Cluster = {
  metadata: { name: 'a', namespace: 'k3k-a', labels: { team: 'a' } },
  spec: {
    mode: 'virtual',
    servers: 1,
    agents: 2,
    version: 'v1.35.2-k3s1',
    persistence: { type: 'dynamic' },
    expose: { nodePort: { serverPort: 30_443 }, annotations: { c: 'd' } },
    sync: { ingresses: { enabled: false } },
    tlsSANs: ['a.example'],
  },
};

describe('the changes of a cluster', () => {
  test('are a patch, and a line for each field', () => {
    const wanted = {
      labels: { team: 'b' },
      annotations: { note: 'x' },
      spec: { agents: 3, tlsSANs: ['b.example'], version: 'v1.36' },
    };
    expect(clusterChanges(cluster, wanted)).toEqual({
      patch: {
        metadata: { labels: { team: 'b' }, annotations: { note: 'x' } },
        spec: { agents: 3, tlsSANs: ['b.example'], version: 'v1.36' },
      },
      lines: [
        'metadata.labels.team: a → b',
        'metadata.annotations.note: (none) → x',
        'spec.agents: 2 → 3',
        'spec.version: v1.35.2-k3s1 → v1.36',
        'spec.tlsSANs: ["a.example"] → ["b.example"]',
      ],
    });
  });

  test('are none where it is so already', () => {
    expect(clusterChanges(cluster, { labels: { team: 'a' }, spec: { agents: 2 } })).toBeUndefined();
  });

  test('put one way of being exposed in the place of another, and keep annotations', () => {
    expect(clusterChanges(cluster, { spec: { expose: { loadBalancer: {} } } })).toMatchObject({
      patch: { spec: { expose: { nodePort: null, loadBalancer: {} } } },
      lines: ['spec.expose.loadBalancer: (none) → {}', 'spec.expose.nodePort: {"serverPort":30443} → (none)'],
    });
    expect(clusterChanges(cluster, { spec: { expose: {} } })?.patch).toEqual({ spec: { expose: { nodePort: null } } });
  });

  test('of what crosses concern the kinds that are named', () => {
    const changes = clusterChanges(cluster, { spec: { sync: { storageClasses: { enabled: true } } } });
    expect(changes?.patch).toEqual({ spec: { sync: { storageClasses: { enabled: true } } } });
  });

  test.each(['v1.34', 'v1.35.1', 'v1.35.2-k3s0', '1.30.9-k3s5', 'v0.9'])(
    'are refused for %s, which is older',
    (version) => {
      expect(() => clusterChanges(cluster, { spec: { version } })).toThrow(
        expect.objectContaining({
          code: 'CLUSTER_REFUSED',
          message: `cluster a runs v1.35.2-k3s1: ${version} is older`,
        }),
      );
    },
  );

  test.each(['v1.35', 'v1.35.2-k3s2', 'v1.36', 'v2.0', 'v1.35.10'])('are taken for %s', (version) => {
    expect(clusterChanges(cluster, { spec: { version } })).toBeDefined();
  });

  test('are held to the version that runs', () => {
    const running = { ...cluster, status: { version: 'v1.36.3' } };
    expect(() => clusterChanges(running, { spec: { version: 'v1.35.9' } })).toThrow('cluster a runs v1.36.3');
  });
});
