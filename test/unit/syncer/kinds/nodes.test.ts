import { describe, expect, it } from 'vitest';
import type { KubeObject, Node, Pod } from '../../../../src/kube/types.ts';
import { resources } from '../../../../src/kube/types.ts';
import { mirroredNode, nodeFromPods, nodeMirror } from '../../../../src/syncer/kinds/nodes.ts';
import { createTranslator } from '../../../../src/translate/translator.ts';
import { syncContext } from '../../../support/sync-context.ts';

const host: Node = {
  kind: 'Node',
  metadata: { name: 'n1', uid: 'h', labels: { zone: 'a' } },
  spec: { podCIDR: '10.0.0.0/24', taints: [{ key: 'x', effect: 'NoSchedule' }] },
  status: {
    images: [{ names: ['nginx'], sizeBytes: 1 }],
    capacity: { cpu: '8' },
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        lastHeartbeatTime: '2026-01-01T00:00:09Z',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  },
};
const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const pod = (name: string, metadata: Partial<Pod['metadata']> = {}, createdAt = '2026-01-01T00:00:00Z'): Pod => ({
  kind: 'Pod',
  metadata: { name, namespace: 'shop', creationTimestamp: createdAt, ...metadata },
  spec: { containers: [], nodeName: 'n1' },
  status: { hostIP: '192.0.2.1' },
});
const ofDaemonSet = {
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'd', controller: true }],
};
const onHost = (virtual: Pod): Pod => ({
  ...virtual,
  metadata: translator.hostObject(resources.pods, virtual).metadata,
});
const unbound = (of: Pod): Pod => ({ ...of, spec: { containers: [] } });

/** What the tenant sees of `n1`: with every node, with those used, or where nodes are not read. */
function shown(objects: { virtual?: KubeObject[]; host?: KubeObject[] }, mode: 'all' | 'used' | 'unread' = 'all') {
  const context = syncContext({ indexes: nodeMirror.indexes ?? [], ...objects });
  const side = { ...context.host, has: () => mode !== 'unread' };
  const settings = { ...context.settings, nodes: mode === 'used' ? ('used' as const) : ('all' as const) };
  return nodeMirror.fromHost('n1', { ...context, host: side, settings });
}
const readyOf = (node: Node | undefined) => node?.status?.conditions?.find(({ type }) => type === 'Ready');

describe('a mirrored node', () => {
  it('shows labels, taints and capacity of the host, but not what changes at every heartbeat', () => {
    const node = mirroredNode(host);
    const later = structuredClone(host);
    for (const condition of later.status?.conditions ?? []) condition.lastHeartbeatTime = '2026-01-01T00:01:00Z';
    expect(node).toMatchObject({
      metadata: { name: 'n1', labels: { zone: 'a' } },
      spec: { taints: host.spec?.taints },
      status: { capacity: { cpu: '8' } },
    });
    expect(node.spec).not.toHaveProperty('podCIDR');
    expect(node.status).not.toHaveProperty('images');
    expect(mirroredNode(later)).toEqual(node);
  });

  it('that left the host stays, as unknown, as long as a virtual pod is bound to it', () => {
    const left = mirroredNode(host);
    expect(readyOf(shown({ virtual: [left, pod('a')] }))).toMatchObject({ status: 'Unknown', reason: 'NodeGone' });
    expect(shown({ virtual: [left] })).toBeUndefined();
  });
});

describe('a node among those that are used', () => {
  it('comes with the first pod that the host puts there, before that is bound, and goes after the last', () => {
    const web = pod('web');
    expect(shown({ host: [host] }, 'used')).toBeUndefined();
    expect(shown({ host: [host, onHost(web)], virtual: [unbound(web)] }, 'used')?.metadata.name).toBe('n1');
    expect(shown({ host: [host], virtual: [web] }, 'used')?.metadata.labels).toEqual({ zone: 'a' });
    expect(shown({ host: [host, onHost(web)] }, 'used')).toBeUndefined();
  });

  it('is not kept by pods of DaemonSets, which are there because the node is', () => {
    const agent = pod('agent', ofDaemonSet);
    const both = { host: [host, onHost(agent)], virtual: [mirroredNode(host), agent] };
    for (const mode of ['used', 'unread'] as const) {
      expect(shown(both, mode)).toBeUndefined();
      expect(shown({ ...both, virtual: [...both.virtual, pod('web')] }, mode)).toBeDefined();
    }
    expect(shown(both, 'all')).toBeDefined();
  });
});

describe('a node made from what its pods report', () => {
  it('is ready, has their host address, and is the same whichever pod comes first', () => {
    const node = nodeFromPods('n1', [pod('a'), pod('b')]);
    expect(node.status?.addresses).toContainEqual({ type: 'InternalIP', address: '192.0.2.1' });
    expect(node.status?.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
    expect(nodeFromPods('n1', [pod('b'), pod('a')])).toEqual(node);
  });

  it('is not made for a pod of the tenant that names it, before a pod of the host runs there', () => {
    const web = pod('web');
    expect(shown({ virtual: [web] }, 'unread')).toBeUndefined();
    const node = shown({ virtual: [unbound(web)], host: [onHost(web)] }, 'unread');
    expect(node?.metadata.name).toBe('n1');
    expect(shown({ virtual: [web, ...(node ? [node] : [])] }, 'unread')).toEqual(node);
  });

  it('does not change as pods come and go', () => {
    const node = nodeFromPods('n1', [pod('a')]);
    expect(nodeFromPods('n1', [{ ...pod('z', {}, '2026-02-02T00:00:00Z'), status: {} }], node)).toEqual(node);
  });
});
