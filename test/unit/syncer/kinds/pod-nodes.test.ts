import { describe, expect, it } from 'vitest';
import type { KubeObject, Node, Pod } from '../../../../src/kube/types.ts';
import { waitsForOtherNodes } from '../../../../src/syncer/kinds/pod-nodes.ts';
import { startsOnHost } from '../../../../src/syncer/kinds/pod-life.ts';
import { podSyncer, toHostPod, toVirtualPod } from '../../../../src/syncer/kinds/pods.ts';
import { withTenantMarks } from '../../../../src/translate/node-marks.ts';
import { podContextWith, podWith } from '../../../support/pod-context.ts';

const node = (spec: Node['spec']): Node => ({
  ...withTenantMarks({ kind: 'Node', metadata: { name: 'n1' } }, undefined),
  spec: { ...spec },
});
const contextWith = (...nodes: KubeObject[]) => podContextWith({ virtual: nodes });
const cordoned = contextWith(node({ unschedulable: true }));
const free = contextWith(node({}));

describe('a host pod', () => {
  it('that is bound in the virtual cluster is for that node, by way of the scheduler of the host', () => {
    const { spec } = toHostPod(podWith({ nodeName: 'n2' }), free);
    expect(spec?.nodeName).toBeUndefined();
    expect(spec?.affinity?.nodeAffinity).toEqual({
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] }],
      },
    });
  });

  it('that waits for a node is made anew when the marks on nodes change what is open to it', () => {
    const virtual = podWith({});
    const [before, after] = [toHostPod(virtual, free), toHostPod(virtual, cordoned)];
    expect(waitsForOtherNodes(virtual, before, free)).toBe(false);
    expect(waitsForOtherNodes(virtual, before, cordoned)).toBe(true);
    expect(waitsForOtherNodes(virtual, after, cordoned)).toBe(false);
    expect(waitsForOtherNodes(virtual, after, free)).toBe(true);
  });

  it('that the host has placed stays, whatever the tenant puts on nodes', () => {
    const placed: Pod = { ...toHostPod(podWith({}), free), spec: { containers: [], nodeName: 'n1' } };
    expect(waitsForOtherNodes(podWith({}), placed, cordoned)).toBe(false);
    expect(waitsForOtherNodes(podWith({ nodeName: 'n1' }), toHostPod(podWith({}), free), cordoned)).toBe(false);
  });
});

describe('a pod that the host’s admission lets stay on a node', () => {
  const dedicated = { key: 'dedicated', effect: 'NoExecute' as const };
  const shown: Node = { kind: 'Node', metadata: { name: 'n1' }, spec: { taints: [dedicated] } };
  const ofHost = contextWith(withTenantMarks(shown, undefined));
  const ofTenant = contextWith(node({ taints: [dedicated] }));
  const given = { key: 'dedicated', operator: 'Exists' as const };
  const host = podWith({ nodeName: 'n1', tolerations: [given, { key: 'other', operator: 'Exists' }] });
  const own = [{ key: 'own', operator: 'Exists' as const }];

  it('may stay there in the virtual cluster, too', () => {
    const { patch, bindTo } = toVirtualPod(host, podWith({ tolerations: own }), ofHost);
    expect(patch).toEqual({ spec: { tolerations: [...own, given] } });
    expect(bindTo).toBe('n1');
  });

  it('shows nothing of that where it makes no difference', () => {
    expect(toVirtualPod(host, podWith({ tolerations: [{ operator: 'Exists' }] }), ofHost).patch).toBeUndefined();
    expect(toVirtualPod(host, podWith({ tolerations: own }), free).patch).toBeUndefined();
    expect(toVirtualPod(host, podWith({ tolerations: own }), ofTenant).patch).toBeUndefined();
  });
});

describe('a pod with a scheduler of its own', () => {
  const pod = podWith({ schedulerName: 'mine' });
  const bound: Pod = {
    ...podWith({ schedulerName: 'mine', nodeName: 'n1' }),
    status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
  };

  it('waits until that has bound it', () => {
    expect(startsOnHost(pod)).toBe(false);
    expect(startsOnHost(bound)).toBe(true);
    expect(startsOnHost(podWith({ schedulerName: 'default-scheduler' }))).toBe(true);
  });

  it('was on the host once a kubelet there has spoken of it', () => {
    expect(podSyncer.wasOnHost?.(bound)).toBe(false);
    const started = { ...bound, status: { ...bound.status, startTime: '2026-01-01T00:00:00Z' } };
    expect(podSyncer.wasOnHost?.(started)).toBe(true);
  });
});
