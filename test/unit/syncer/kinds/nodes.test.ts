import { describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../../../src/kube/types.ts';
import { mirroredNode, nodeFromPods, nodeMirror } from '../../../../src/syncer/kinds/nodes.ts';
import { syncContext } from '../../../support/sync-context.ts';

const host: Node = {
  kind: 'Node',
  metadata: { name: 'n1', uid: 'h', labels: { zone: 'a' } },
  spec: { podCIDR: '10.0.0.0/24', taints: [{ key: 'x', effect: 'NoSchedule' }] },
  status: {
    images: [{ names: ['nginx'], sizeBytes: 1 }],
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
const pod = (name: string): Pod => ({
  kind: 'Pod',
  metadata: { name, namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { containers: [], nodeName: 'n1' },
  status: { hostIP: '192.0.2.1' },
});

describe('a mirrored node', () => {
  it('shows labels and taints of the host, but not what changes at every heartbeat', () => {
    const node = mirroredNode(host);
    const later = structuredClone(host);
    for (const condition of later.status?.conditions ?? []) condition.lastHeartbeatTime = '2026-01-01T00:01:00Z';
    expect(node).toMatchObject({
      metadata: { name: 'n1', labels: { zone: 'a' } },
      spec: { taints: host.spec?.taints },
    });
    expect(node.status).not.toHaveProperty('images');
    expect(mirroredNode(later)).toEqual(node);
  });

  it('stays as long as a virtual pod is bound to it', () => {
    const indexes = nodeMirror.indexes ?? [];
    const left = mirroredNode(host);
    expect(nodeMirror.fromHost('n1', syncContext({ indexes, virtual: [left, pod('a')] }))).toEqual(left);
    expect(nodeMirror.fromHost('n1', syncContext({ indexes, virtual: [left] }))).toBeUndefined();
  });
});

describe('a node made from what its pods report', () => {
  it('is ready, has their host address, and is the same whichever pod comes first', () => {
    const node = nodeFromPods('n1', [pod('a'), pod('b')]);
    expect(node.status?.addresses).toContainEqual({ type: 'InternalIP', address: '192.0.2.1' });
    expect(node.status?.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
    expect(nodeFromPods('n1', [pod('b'), pod('a')])).toEqual(node);
  });
});
