import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/kube/types.ts';
import { tenantMarksOf, withTenantMarks } from '../../../src/translate/node-marks.ts';

const taint = (key: string, effect = 'NoSchedule', value?: string) => ({ key, effect, ...(value ? { value } : {}) });
const hostNode = (labels: Record<string, string>, spec: NonNullable<Node['spec']> = {}): Node => ({
  kind: 'Node',
  metadata: { name: 'n1', labels },
  spec,
});
/** Returns the node as a tenant leaves it. */
const edited = (node: Node, labels: Record<string, string>, spec: NonNullable<Node['spec']> = {}): Node => ({
  ...node,
  metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...labels } },
  spec: { ...node.spec, ...spec },
});

describe('what a tenant puts on a node', () => {
  const shown = withTenantMarks(hostNode({ zone: 'a', disk: 'ssd' }, { taints: [taint('gpu')] }), undefined);

  it('is nothing at first, and what an unmarked node has is nobody’s', () => {
    const none = { labels: {}, taints: [], unschedulable: false };
    expect(tenantMarksOf(shown)).toEqual(none);
    expect(tenantMarksOf(hostNode({ zone: 'a' }, { unschedulable: true }))).toEqual(none);
  });

  it('stays, while what the host takes away goes', () => {
    const live = edited(shown, { color: 'blue' }, { taints: [taint('gpu'), taint('mine')], unschedulable: true });
    const marks = { labels: { color: 'blue' }, taints: [taint('mine')], unschedulable: true };
    expect(tenantMarksOf(live)).toEqual(marks);
    const later = withTenantMarks(hostNode({ zone: 'b' }), live);
    expect(later.metadata.labels).toEqual({ zone: 'b', color: 'blue' });
    expect(later.spec).toEqual({ taints: [taint('mine')], unschedulable: true });
    expect(tenantMarksOf(later)).toEqual(marks);
  });

  it('gives way where the host says something of the same label or taint', () => {
    const live = edited(shown, { zone: 'mine' }, { taints: [taint('gpu', 'NoSchedule', 'no')] });
    const again = withTenantMarks(hostNode({ zone: 'a', disk: 'ssd' }, { taints: [taint('gpu')] }), live);
    expect(again).toEqual(shown);
  });

  it('does not outlive a cordon of the host', () => {
    const cordoned = withTenantMarks(hostNode({}, { unschedulable: true }), undefined);
    expect(tenantMarksOf(cordoned).unschedulable).toBe(false);
    expect(withTenantMarks(hostNode({}), cordoned).spec?.unschedulable).toBeUndefined();
  });

  it('is the same after a second look, so that nothing is written', () => {
    const host = hostNode({ zone: 'a' }, { taints: [taint('gpu')] });
    const live = edited(withTenantMarks(host, undefined), { color: 'blue' }, { taints: [taint('gpu'), taint('mine')] });
    expect(withTenantMarks(host, live)).toEqual({ ...live, spec: { ...live.spec, unschedulable: undefined } });
  });

  it('may be any nonsense in the record', () => {
    for (const text of ['', '[', 'null', '[]', '{"labels":3,"taints":[1]}']) {
      const node = { ...shown, metadata: { ...shown.metadata, annotations: { 'k3v.io/of-host': text } } };
      expect(() => tenantMarksOf(node)).not.toThrow();
    }
  });
});
