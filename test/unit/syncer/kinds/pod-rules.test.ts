import { describe, expect, it } from 'vitest';
import { type Node, resources } from '../../../../src/kube/types.ts';
import type { PodRules } from '../../../../src/pod-rules/pod-rules.ts';
import { nodeMirror } from '../../../../src/syncer/kinds/nodes.ts';
import { toHostPod } from '../../../../src/syncer/kinds/pods.ts';
import { requireAllowedNodes, withPodRules } from '../../../../src/syncer/kinds/pod-rules.ts';
import { createTranslator } from '../../../../src/translate/translator.ts';
import { podContext, podWith } from '../../../support/pod-context.ts';
import { syncContext } from '../../../support/sync-context.ts';

const none: PodRules = { nodeSelector: {}, tolerations: [] };
const team = { key: 'team', operator: 'Equal', value: 'a', effect: 'NoSchedule' };
const rules: PodRules = {
  nodeSelector: { disk: 'ssd' },
  tolerations: [team],
  priorityClassName: 'tenants',
  runtimeClassName: 'gvisor',
};

describe('a host pod under rules of the operator', () => {
  const hostSpec = (spec: Parameters<typeof podWith>[0], podRules?: PodRules) =>
    toHostPod(podWith(spec), { ...podContext, settings: { ...podContext.settings, podRules } }).spec;

  it('gets what they say beside what its own pod says, and their runtime class in place of its own', () => {
    const own = { key: 'own', operator: 'Exists' };
    const spec = { nodeSelector: { zone: 'a' }, tolerations: [own], runtimeClassName: 'runc' };
    expect(hostSpec(spec, rules)).toMatchObject({
      nodeSelector: { zone: 'a', disk: 'ssd' },
      tolerations: [own, team],
      priorityClassName: 'tenants',
      runtimeClassName: 'gvisor',
    });
    expect(hostSpec(spec, none)).toEqual(hostSpec(spec));
  });

  it('keeps the class of its own that crosses to the host', () => {
    const spec = { containers: [], priorityClassName: 'own' };
    expect(withPodRules(spec, rules).priorityClassName).toBe('own');
    expect(withPodRules({ containers: [] }, none)).toEqual({ containers: [] });
  });

  it('is not made if it could never run', () => {
    const other = podWith({ nodeSelector: { disk: 'hdd' } });
    expect(() => requireAllowedNodes(other, rules)).toThrow(
      'the pod selects nodes with disk=hdd, but pods here run on nodes with disk=ssd',
    );
    expect(() => requireAllowedNodes(other, undefined)).not.toThrow();
    expect(() => requireAllowedNodes(podWith({ nodeSelector: { disk: 'ssd', zone: 'a' } }), rules)).not.toThrow();
  });
});

describe('a node of the host', () => {
  const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
  const node = (labels: Record<string, string>): Node => ({
    kind: 'Node',
    metadata: { name: 'n1', labels },
    spec: {
      taints: [
        { key: 'team', value: 'a', effect: 'NoSchedule' },
        { key: 'team', value: 'a', effect: 'NoExecute' },
      ],
    },
  });
  const running = { ...podWith({ nodeName: 'n1' }), kind: 'Pod' };
  const shown = (host: Node, podRules: PodRules | undefined, pods = [running].slice(1)) => {
    const onHost = pods.map((pod) => ({ ...pod, metadata: translator.hostObject(resources.pods, pod).metadata }));
    const context = syncContext({ indexes: nodeMirror.indexes ?? [], virtual: pods, host: [host, ...onHost] });
    return nodeMirror.fromHost('n1', { ...context, settings: { ...context.settings, podRules } });
  };

  it('is shown if pods may run there, or a pod runs there from before', () => {
    expect(shown(node({ disk: 'ssd' }), rules)).toBeDefined();
    expect(shown(node({ disk: 'hdd' }), rules)).toBeUndefined();
    expect(shown(node({ disk: 'hdd' }), undefined)).toBeDefined();
    expect(shown(node({ disk: 'hdd' }), rules, [running])).toBeDefined();
  });

  it('shows no taint that every pod tolerates', () => {
    expect(shown(node({ disk: 'ssd' }), rules)?.spec?.taints).toEqual([
      { key: 'team', value: 'a', effect: 'NoExecute' },
    ]);
    const all = { ...rules, tolerations: [{ operator: 'Exists' }] };
    expect(shown(node({ disk: 'ssd' }), all)?.spec?.taints).toBeUndefined();
  });
});
