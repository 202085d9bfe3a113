import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/kube/types.ts';
import { chooseNodes, nodeChoiceOf, pinToNode } from '../../../src/translate/node-choice.ts';
import { withTenantMarks } from '../../../src/translate/node-marks.ts';
import type { Spec } from '../../support/pod-context.ts';

const containers: Spec['containers'] = [{ name: 'main', image: 'nginx' }];
const pod = (spec: Partial<Spec> = {}): Spec => ({ containers, ...spec });
const required = (...nodeSelectorTerms: object[]): Partial<Spec> => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const named = (operator: string, name: string) => ({ key: 'metadata.name', operator, values: [name] });

/** A node with the host's labels, and with what the tenant has put on it. */
function node(name: string, own: { labels?: Record<string, string>; spec?: Node['spec'] } = {}): Node {
  const shown = withTenantMarks({ kind: 'Node', metadata: { name, labels: { zone: 'a', size: '4' } } }, undefined);
  const labels = { ...shown.metadata.labels, ...own.labels };
  return { ...shown, metadata: { ...shown.metadata, labels }, spec: { ...own.spec } };
}
const tainted = (name: string, effect = 'NoSchedule') =>
  node(name, { spec: { taints: [{ key: 'k', value: 'v', effect }] } });
const cordoned = (name: string) => node(name, { spec: { unschedulable: true } });
const blue = (name: string) => node(name, { labels: { color: 'blue' } });
/** The node affinity and selector of a host pod with `spec` where the tenant has marked `nodes`. */
function chosen(spec: Spec, ...nodes: Node[]) {
  const choice = nodeChoiceOf(spec, nodes);
  const host = structuredClone(spec);
  if (choice) chooseNodes(host, choice);
  const terms = host.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return { choice, selector: host.nodeSelector, terms };
}

describe('where a pod may run', () => {
  it('is left to the host where the tenant has put nothing on nodes', () => {
    const spec = pod({ nodeSelector: { zone: 'a' } });
    expect(chosen(spec, node('n1'))).toEqual({ choice: undefined, selector: { zone: 'a' }, terms: undefined });
  });

  it('leaves out nodes that the tenant has cordoned or tainted, unless the pod tolerates it', () => {
    const nodes = [cordoned('n1'), tainted('n2'), tainted('n3', 'NoExecute'), tainted('n4', 'PreferNoSchedule')];
    expect(chosen(pod(), ...nodes).terms).toEqual([
      { matchFields: [named('NotIn', 'n1'), named('NotIn', 'n2'), named('NotIn', 'n3')] },
    ]);
    const not = (tolerations: Spec['tolerations']) => nodeChoiceOf(pod({ tolerations }), nodes)?.not;
    expect(not([{ operator: 'Exists' }])).toBeUndefined();
    expect(not([{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }])).toEqual(['n1', 'n3']);
    expect(not([{ key: 'k', value: 'v' }])).toEqual(['n1']);
    expect(not([{ key: 'k', value: 'w' }])).toEqual(['n1', 'n2', 'n3']);
    expect(not([{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }])).toEqual(['n2', 'n3']);
  });

  it('is any of the terms, each without those nodes; one that no node meets stays so', () => {
    const big = { matchExpressions: [{ key: 'size', operator: 'Gt', values: ['3'] }] };
    const one = { matchFields: [named('In', 'n1')] };
    const without = named('NotIn', 'n1');
    expect(chosen(pod(required(big, one, {})), cordoned('n1')).terms).toEqual([
      { ...big, matchFields: [without] },
      { matchFields: [...one.matchFields, without] },
    ]);
    expect(chosen(pod(required({})), cordoned('n1'))).toMatchObject({ choice: undefined, terms: [{}] });
    const other = { matchExpressions: [{ key: 'size', operator: 'Lt', values: ['3'] }] };
    expect(chosen(pod(required(other)), cordoned('n1')).choice).toBeUndefined();
  });

  it('takes in nodes that bear a label of the tenant, beside those that the host finds', () => {
    expect(chosen(pod({ nodeSelector: { zone: 'a', color: 'blue' } }), blue('n1'), tainted('n2'))).toEqual({
      choice: { not: [], also: ['n1'] },
      selector: undefined,
      terms: [
        {
          matchExpressions: [
            { key: 'zone', operator: 'In', values: ['a'] },
            { key: 'color', operator: 'In', values: ['blue'] },
          ],
        },
        { matchFields: [named('In', 'n1')] },
      ],
    });
    const cordonedBlue = node('n1', { labels: { color: 'blue' }, spec: { unschedulable: true } });
    expect(chosen(pod({ nodeSelector: { color: 'blue' } }), cordonedBlue).choice).toBeUndefined();
  });

  it('leaves out nodes that the host would find for want of a label of the tenant', () => {
    const colorless = { matchExpressions: [{ key: 'color', operator: 'DoesNotExist' }] };
    expect(chosen(pod(required(colorless)), blue('n1')).terms).toEqual([
      { ...colorless, matchFields: [named('NotIn', 'n1')] },
    ]);
  });

  it('is one node where the pod is bound already, with all else that it asks for', () => {
    const spec = pod({
      nodeSelector: { zone: 'a' },
      ...required({ matchExpressions: [{ key: 'x', operator: 'Exists' }] }),
    });
    pinToNode(spec, 'n1');
    expect(spec).toMatchObject({
      nodeSelector: { zone: 'a' },
      ...required({ matchExpressions: [{ key: 'x', operator: 'Exists' }], matchFields: [named('In', 'n1')] }),
    });
    const plain = pod();
    pinToNode(plain, 'n1');
    expect(plain).toEqual(pod(required({ matchFields: [named('In', 'n1')] })));
  });
});
