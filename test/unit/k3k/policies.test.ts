import { describe, expect, it } from 'vitest';
import { podSecurityChange } from '../../../src/k3k/pod-security-labels.ts';
import { policyStatus } from '../../../src/k3k/policy-status.ts';
import type { VirtualClusterPolicy } from '../../../src/k3k/types.ts';

type Level = Parameters<typeof podSecurityChange>[0];
type Texts = Record<string, string>;

const enforce = 'pod-security.kubernetes.io/enforce';
const warn = 'pod-security.kubernetes.io/warn';

/** A namespace on which levels are put one after the other. */
function namespaceWith(labels: Texts) {
  let now = { labels, annotations: {} as Texts };
  const changed = (of: Texts, change: Record<string, string | null>): Texts =>
    Object.fromEntries(
      Object.entries({ ...of, ...change }).filter((entry): entry is [string, string] => entry[1] !== null),
    );
  return {
    put(level: Level) {
      const change = podSecurityChange(level, now.labels, now.annotations);
      now = {
        labels: changed(now.labels, change.labels),
        annotations: changed(now.annotations, change.annotations),
      };
      return now;
    },
    edit: (labelled: Texts) => void (now = { ...now, labels: { ...now.labels, ...labelled } }),
    writes(level: Level) {
      const { labels: of, annotations } = podSecurityChange(level, now.labels, now.annotations);
      return Object.keys({ ...of, ...annotations });
    },
  };
}

describe('Pod Security labels of a policy', () => {
  it('are put, and taken off again', () => {
    const namespace = namespaceWith({ team: 'a' });
    expect(namespace.put('baseline').labels).toEqual({
      team: 'a',
      [enforce]: 'baseline',
      [`${enforce}-version`]: 'latest',
      [warn]: 'baseline',
      [`${warn}-version`]: 'latest',
    });
    expect(namespace.writes('baseline')).toEqual([]);
    expect(namespace.put(undefined)).toEqual({ labels: { team: 'a' }, annotations: {} });
    expect(namespace.writes(undefined)).toEqual([]);
  });

  it('leave what somebody else had set, over several levels and an edit in between', () => {
    const before = { [enforce]: 'restricted', [warn]: 'restricted' };
    const namespace = namespaceWith(before);
    expect(namespace.put('baseline').labels).toMatchObject({ [enforce]: 'baseline', [warn]: 'baseline' });
    namespace.edit({ [enforce]: 'privileged' });
    expect(namespace.put('baseline').labels).toMatchObject({ [enforce]: 'baseline' });
    // Of privileged nobody is warned: there it is as it was before.
    expect(namespace.put('privileged').labels).toEqual({
      [enforce]: 'privileged',
      [`${enforce}-version`]: 'latest',
      [warn]: 'restricted',
    });
    expect(namespace.put(undefined)).toEqual({ labels: before, annotations: {} });
  });

  it('survive that somebody wrote into what is remembered', () => {
    const annotations = { 'policy.k3k.io/pod-security-before': '{"other": "x", "' };
    expect(podSecurityChange(undefined, { [enforce]: 'baseline' }, annotations)).toEqual({
      labels: {},
      annotations: { 'policy.k3k.io/pod-security-before': null },
    });
  });
});

const policy = (more: Partial<VirtualClusterPolicy> = {}): VirtualClusterPolicy => ({
  metadata: { name: 'teams', generation: 2 },
  spec: { allowedMode: 'shared' },
  ...more,
});

describe('the status of a policy', () => {
  const at = new Date('2026-01-02T03:04:05.678Z');
  const found = { namespaces: 3, clusters: 1, failures: new Map<string, string>() };
  const first = policyStatus(policy(), found, at);

  it('counts, and says since when', () => {
    expect(first).toEqual({
      observedGeneration: 2,
      lastUpdateTime: '2026-01-02T03:04:05Z',
      summary: '3 namespaces, 1 cluster',
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'InForce',
          message: 'in force in 3 namespaces',
          observedGeneration: 2,
          lastTransitionTime: '2026-01-02T03:04:05Z',
        },
      ],
    });
  });

  it('is not written again where nothing has changed', () => {
    expect(policyStatus(policy({ status: first ?? {} }), found, new Date())).toBeUndefined();
  });

  it('names a failure, and leaves the time of the last transition as long as it stands', () => {
    const failures = new Map([['b', 'no quota for you']]);
    const later = new Date('2026-01-02T04:00:00Z');
    const failed = policyStatus(policy({ status: first ?? {} }), { ...found, failures }, later);
    expect(failed?.conditions?.[0]).toMatchObject({
      status: 'False',
      message: 'in namespace b: no quota for you',
      lastTransitionTime: '2026-01-02T04:00:00Z',
    });
    const again = policyStatus(policy({ status: failed ?? {} }), { ...found, namespaces: 4, failures }, new Date());
    expect(again?.conditions?.[0]?.lastTransitionTime).toBe('2026-01-02T04:00:00Z');
  });
});
