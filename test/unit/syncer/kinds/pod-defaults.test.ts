import { expect, it } from 'vitest';
import type { Pod } from '../../../../src/kube/types.ts';
import { withContainerDefaults } from '../../../../src/syncer/kinds/pod-defaults.ts';

type Container = NonNullable<Pod['spec']>['containers'][number];
const defaults = {
  requests: new Map([
    ['cpu', 100],
    ['memory', 128 * 2 ** 20],
  ]),
  limits: new Map([['cpu', 1000]]),
};
const sized = (resources: Container['resources'], ofPod?: NonNullable<Pod['spec']>['resources']) =>
  withContainerDefaults(
    { containers: [{ name: 'main', image: 'app', resources }], ...(ofPod ? { resources: ofPod } : {}) },
    defaults,
  ).containers[0]?.resources;

it('gives a container what it does not say', () => {
  expect(sized(undefined)).toEqual({ requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1' } });
  expect(sized({ requests: { memory: '1Gi' } })).toEqual({
    requests: { cpu: '100m', memory: '1Gi' },
    limits: { cpu: '1' },
  });
});

it('leaves a request to the limit that stands there, and gives no limit below a request', () => {
  expect(sized({ limits: { cpu: '50m', memory: '64Mi' } })).toEqual({ limits: { cpu: '50m', memory: '64Mi' } });
  expect(sized({ requests: { cpu: '3', memory: '0' } })).toEqual({
    requests: { cpu: '3', memory: '0' },
    limits: { cpu: '3' },
  });
});

it('leaves alone what the pod says for all its containers', () => {
  const own = { requests: { memory: '1Gi' } };
  expect(sized(own, { requests: { cpu: '2' }, limits: { cpu: '2' } })).toBe(own);
});

it('gives it to init containers too, and changes nothing without defaults', () => {
  const spec = { initContainers: [{ name: 'init', image: 'app' }], containers: [] };
  expect(withContainerDefaults(spec, defaults).initContainers?.[0]?.resources?.requests).toEqual({
    cpu: '100m',
    memory: '128Mi',
  });
  expect(withContainerDefaults(spec, undefined)).toBe(spec);
});
