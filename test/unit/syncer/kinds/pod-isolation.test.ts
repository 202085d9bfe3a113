import { expect, it } from 'vitest';
import type { Isolation } from '../../../../src/isolations.ts';
import type { KubeObject } from '../../../../src/kube/types.ts';
import type { SyncContext } from '../../../../src/syncer/sync-context.ts';
import { ephemeralContainersPatch } from '../../../../src/syncer/kinds/pod-changes.ts';
import { requireAllowed } from '../../../../src/syncer/kinds/pod-isolation.ts';
import { podContextWith, podWith } from '../../../support/pod-context.ts';

function contextWith(isolation: Isolation | undefined, virtual: KubeObject[] = []): SyncContext {
  const context = podContextWith({ virtual });
  return { ...context, settings: { ...context.settings, ...(isolation ? { isolation } : {}) } };
}

const privileged = { securityContext: { privileged: true } };
const node = (name: string, labels: Record<string, string>) => ({ kind: 'Node', metadata: { name, labels } });

it('a pod that the isolation forbids is told all that is wrong with it', () => {
  const pod = podWith({ hostPID: true, containers: [{ name: 'main', image: 'nginx', ...privileged }] });
  expect(() => requireAllowed(pod, contextWith('baseline'))).toThrow(
    expect.objectContaining({
      event: 'ForbiddenByIsolation',
      message: 'isolation "baseline" keeps the pod off the host: container "main" is privileged; the pod sets hostPID',
    }),
  );
  expect(() => requireAllowed(pod, contextWith('none'))).not.toThrow();
  expect(() => requireAllowed(pod, contextWith(undefined))).not.toThrow();
});

it('a pod may be bound to a node that k3v shows, and to no other name', () => {
  const nodes = [node('shown', { 'k3v.io/managed': 'true' }), node('invented', {})];
  const check = (nodeName: string, isolation: Isolation = 'baseline') =>
    requireAllowed(podWith({ nodeName }), contextWith(isolation, nodes));
  expect(() => check('shown')).not.toThrow();
  expect(() => check('invented')).toThrow('node "invented" is not of this cluster');
  expect(() => check('hidden')).toThrow('node "hidden" is not of this cluster');
  expect(() => check('hidden', 'none')).not.toThrow();
});

it('of containers for debugging those cross that may, also beside one that may not', () => {
  const [good, bad] = [
    { name: 'good', image: 'x' },
    { name: 'bad', image: 'x', ...privileged },
  ];
  const patch = (ephemeralContainers: object[], there: object[] = []) => {
    const host = podWith({ ephemeralContainers: there } as object);
    return ephemeralContainersPatch(podWith({ ephemeralContainers } as object), host, contextWith('baseline'));
  };
  expect(patch([bad, good])).toMatchObject({ spec: { ephemeralContainers: [{ name: 'good' }] } });
  expect(() => patch([bad, good], [good])).toThrow('keeps containers off the host: container "bad" is privileged');
  expect(patch([good], [good])).toBeUndefined();
});
