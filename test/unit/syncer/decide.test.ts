import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { type Situation, decide, ownerlessLifeMs } from '../../../src/syncer/decide.ts';

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const object = (metadata: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  metadata: { name: 'x', ...metadata },
});
const going = (grace: number) => ({ deletionTimestamp: '2026-01-01T00:09:00Z', deletionGracePeriodSeconds: grace });
const ownedBy = (uid: string | undefined) => ({ kind: 'Pod', namespace: 'n', name: 'x', uid });

const situation = (more: Partial<Situation>): Situation => ({
  virtual: undefined,
  host: undefined,
  owner: undefined,
  outlives: false,
  crosses: true,
  life: 'mirrors',
  wasOnHost: false,
  nowMs,
  ...more,
});

const virtual = object({ uid: 'v1' });
const host = object({ uid: 'h1', creationTimestamp: '2026-01-01T00:00:00Z' });
const owner = ownedBy('v1');

describe('what the engine does about a key', () => {
  it.each<[string, Partial<Situation>, object]>([
    ['forgets it when both are gone', {}, { action: 'nothing', gone: true }],
    ['creates the host object of a virtual one', { virtual }, { action: 'create-host' }],
    ['leaves alone what does not cross', { virtual, crosses: false }, { action: 'nothing', gone: false }],
    ['syncs a pair', { virtual, host, owner }, { action: 'sync' }],
    ['deletes a host object without a virtual one', { host, owner }, { action: 'delete-host' }],
    ['never deletes a host object that has no owner marks', { host }, { action: 'nothing', gone: true }],
    [
      'deletes a host object that no longer crosses',
      { virtual, host, owner, crosses: false },
      { action: 'delete-host' },
    ],
    ['deletes the host object of a predecessor', { virtual, host, owner: ownedBy('v0') }, { action: 'delete-host' }],
    [
      'takes one that outlives its owners from a predecessor',
      { virtual, host, owner: ownedBy('v0'), outlives: true },
      { action: 'sync' },
    ],
    ['keeps one that outlives its owner', { host, owner, outlives: true }, { action: 'nothing' }],
    ['takes a host object made ahead of its owner', { virtual, host, owner: ownedBy(undefined) }, { action: 'sync' }],
    ['deletes one whose owner never came', { host, owner: ownedBy(undefined) }, { action: 'delete-host' }],
    [
      'waits for the owner of a fresh one',
      { host: object({ creationTimestamp: '2026-01-01T00:09:50Z' }), owner: ownedBy(undefined) },
      { action: 'wait', delayMs: ownerlessLifeMs - 10_000 },
    ],
    [
      'waits until a deleted mirror has gone',
      { virtual, host: object(going(0)), owner },
      { action: 'nothing', gone: false },
    ],
  ])('%s', (_, given, wanted) => {
    expect(decide(situation(given))).toMatchObject(wanted);
  });

  it.each<[string, Partial<Situation>, object]>([
    ['makes the host pod', { virtual }, { action: 'create-host' }],
    ['keeps the host pod of a finished pod', { virtual, host, owner, crosses: false }, { action: 'sync' }],
    [
      'ends a virtual pod whose host pod vanished',
      { virtual, wasOnHost: true },
      { action: 'end-virtual', hostGone: true },
    ],
    [
      'passes a deletion on with its grace',
      { virtual: object({ uid: 'v1', ...going(7) }), host, owner },
      { action: 'delete-host', graceSeconds: 7, thenReport: true },
    ],
    [
      'passes a shortened grace on',
      { virtual: object({ uid: 'v1', ...going(1) }), host: object(going(30)), owner },
      { action: 'delete-host', graceSeconds: 1 },
    ],
    [
      'reports while the host pod terminates',
      { virtual: object({ uid: 'v1', ...going(30) }), host: object(going(30)), owner },
      { action: 'report' },
    ],
    [
      'completes a deletion when the host pod has gone',
      { virtual: object({ uid: 'v1', ...going(30) }) },
      { action: 'end-virtual', graceSeconds: 0 },
    ],
    [
      'leaves a pod alone that only finalizers hold',
      { virtual: object({ uid: 'v1', ...going(0), finalizers: ['x/hold'] }) },
      { action: 'nothing', gone: false },
    ],
    [
      'completes a deletion in the middle of which the API server was killed',
      { virtual: object({ uid: 'v1', ...going(0) }) },
      { action: 'end-virtual', graceSeconds: 0 },
    ],
    [
      'deletes at once the host pod of one that was deleted by force',
      { host, owner },
      { action: 'delete-host', graceSeconds: 0 },
    ],
    [
      'cuts the grace of a host pod short when the tenant uses force',
      { host: object(going(30)), owner },
      { action: 'delete-host', graceSeconds: 0 },
    ],
    [
      'deletes at once the host pod of a predecessor that was deleted by force',
      { virtual, host: object(going(30)), owner: ownedBy('v0') },
      { action: 'delete-host', graceSeconds: 0 },
    ],
    [
      'leaves a host pod alone that only finalizers hold',
      { host: object(going(0)), owner },
      { action: 'nothing', gone: false },
    ],
    [
      'ends a virtual pod with the grace of the host pod that is going',
      { virtual, host: object(going(12)), owner, wasOnHost: true },
      { action: 'end-virtual', graceSeconds: 12, hostGone: false },
    ],
    [
      'waits until a host pod that never ran has gone, to make it anew',
      { virtual, host: object(going(0)), owner },
      { action: 'nothing', gone: false },
    ],
  ])('for a pod, %s', (_, given, wanted) => {
    expect(decide(situation({ life: 'runs', ...given }))).toMatchObject(wanted);
  });
});
