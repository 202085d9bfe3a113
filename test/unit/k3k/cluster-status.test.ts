import { expect, it } from 'vitest';
import { type Standing, clusterStatus } from '../../../src/k3k/cluster-status.ts';
import { devContext } from '../../support/k3k-context.ts';

const ready: Standing = { phase: 'Ready', reason: 'Provisioned', message: 'well' };
const waiting: Standing = { phase: 'Provisioning', reason: 'Provisioning', message: 'waits' };
const endpoint = { url: 'https://dev.example:443', sans: ['dev.example'] };
const first = () => Date.parse('2026-01-01T00:00:00.500Z');
const later = () => Date.parse('2026-01-02T00:00:00Z');
const policy = { metadata: { name: 'teams' }, spec: { allowedMode: 'shared', hostUsers: false } } as const;

it('says where a cluster is reached, what runs, and under which policy', () => {
  const status = clusterStatus(devContext({ policy }), { standing: ready, endpoint, now: first });
  const condition = { observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z' };
  expect(status).toEqual({
    observedGeneration: 1,
    phase: 'Ready',
    hostVersion: 'v1.36.3',
    version: 'v1.36',
    serviceCIDR: '10.96.0.0/16',
    endpoint: 'https://dev.example:443',
    tlsSANs: ['dev.example'],
    policyName: 'teams',
    policy: { name: 'teams', hostUsers: false },
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Provisioned', message: 'well', ...condition },
      expect.objectContaining({ type: 'NetworkIsolated', status: 'True', ...condition }),
    ],
  });
});

it('keeps the time of a condition until it becomes true or false', () => {
  const timeAfter = (standing: Standing, before: Standing) => {
    const status = clusterStatus(devContext(), { standing: before, endpoint, now: first });
    const next = clusterStatus(devContext({ status }), { standing, endpoint, now: later });
    return next.conditions?.[0]?.lastTransitionTime;
  };
  expect(timeAfter({ ...waiting, message: 'waits on' }, waiting)).toBe('2026-01-01T00:00:00Z');
  expect(timeAfter(ready, waiting)).toBe('2026-01-02T00:00:00Z');
});

it('is the same for the same, so that it is not written again', () => {
  const status = clusterStatus(devContext(), { standing: ready, endpoint, now: first });
  expect(clusterStatus(devContext({ status }), { standing: ready, endpoint, now: later })).toEqual(status);
});

it('forgets a policy that no longer holds, and keeps conditions of others', () => {
  const theirs = {
    type: 'Theirs',
    status: 'True',
    reason: 'Some',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const before = devContext({ status: { policyName: 'teams', policy: { name: 'teams' }, conditions: [theirs] } });
  const status = clusterStatus(before, { standing: ready, endpoint, now: first });
  expect(status).not.toHaveProperty('policy');
  expect(status).not.toHaveProperty('policyName');
  expect(status.conditions).toContainEqual(theirs);
});
