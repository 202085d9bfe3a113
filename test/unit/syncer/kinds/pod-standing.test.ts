import { describe, expect, it } from 'vitest';
import { type KubeObject, type PriorityClass, type ServiceAccount, resources } from '../../../../src/kube/types.ts';
import type { SyncContext } from '../../../../src/syncer/sync-context.ts';
import { requireStanding, standingOf, wakesPods } from '../../../../src/syncer/kinds/pod-standing.ts';
import { priorityClasses } from '../../../../src/syncer/kinds/priorityclasses.ts';
import { serviceAccounts, toHostServiceAccount } from '../../../../src/syncer/kinds/serviceaccounts.ts';
import { podWith } from '../../../support/pod-context.ts';
import { syncContext } from '../../../support/sync-context.ts';

const high: PriorityClass = { kind: 'PriorityClass', metadata: { name: 'high', uid: 'u' }, value: 1 };
const robot: ServiceAccount = { kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'shop', uid: 'u' } };
const pod = podWith({ serviceAccountName: 'robot', priorityClassName: 'high' });

function contextWith(optIn: string[], objects: { virtual?: KubeObject[]; host?: KubeObject[] } = {}): SyncContext {
  const context = syncContext({ virtual: [high], ...objects });
  return { ...context, settings: { ...context.settings, optIn: new Set(optIn) } };
}
const { translator } = contextWith([]);
const accountOnHost = toHostServiceAccount(robot, translator);

describe('the standing of a host pod', () => {
  it("is the host's own, if nothing is switched on", () => {
    expect(standingOf(pod, contextWith([]))).toEqual({});
    expect(() => requireStanding(pod, contextWith([]))).not.toThrow();
  });

  it('is that of the objects which cross', () => {
    expect(standingOf(pod, contextWith(['serviceaccounts', 'priorityclasses']))).toEqual({
      serviceAccountName: translator.hostName('ServiceAccount', 'shop', 'robot'),
      priorityClassName: translator.hostName('PriorityClass', '', 'high'),
    });
    expect(standingOf(podWith({}), contextWith(['serviceaccounts']))).toEqual({
      serviceAccountName: translator.hostName('ServiceAccount', 'shop', 'default'),
    });
  });

  it('is never a class of Kubernetes itself, nor one that is gone', () => {
    const critical = podWith({ priorityClassName: 'system-node-critical' });
    expect(standingOf(critical, contextWith(['priorityclasses']))).toEqual({});
    expect(standingOf(pod, contextWith(['priorityclasses'], { virtual: [] }))).toEqual({});
  });

  it.each([
    ['serviceaccounts', 'the host has no ServiceAccount for robot yet'],
    ['priorityclasses', 'the host has no PriorityClass for high yet'],
  ])('has to be on the host before the pod: %s', (name, message) => {
    expect(() => requireStanding(pod, contextWith([name]))).toThrow(message);
    const there = { ...high, metadata: { name: translator.hostName('PriorityClass', '', 'high') } };
    expect(() => requireStanding(pod, contextWith([name], { host: [accountOnHost, there] }))).not.toThrow();
  });

  it('wakes the pods that wait for it, and no others', () => {
    const pods = [pod, podWith({}, { name: 'other' }), podWith({ ...pod.spec, nodeName: 'n' }, { name: 'runs' })];
    const waiting = pods.map((each) => ({ ...each, kind: 'Pod' }));
    const [rule] = serviceAccounts.open({ ...resources.serviceAccounts, hasStatus: false }).waits ?? [];
    expect(rule?.rule.keys(accountOnHost, contextWith([], { virtual: waiting }))).toEqual(['shop/p']);
    expect(rule?.resource).toBe(resources.pods);
    expect(priorityClasses.open({ ...resources.priorityClasses, hasStatus: false }).waits).toHaveLength(1);
    const all = wakesPods(resources.serviceAccounts, () => true).rule;
    expect(all.keys(robot, contextWith([], { virtual: waiting }))).toEqual([]);
  });
});
