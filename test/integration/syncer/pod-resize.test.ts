import { expect, it } from 'vitest';
import { type Pod, resources } from '../../../src/kube/types.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { eventually } from '../../support/eventually.ts';
import { startFakeApiServer } from '../../support/fake-api-server.ts';
import { startEngineBetween } from '../../support/running-engine.ts';
import { apiServer, marked, translator } from '../../support/worlds.ts';

const podWith = (cpu: string, metadata: Pod['metadata'], status: Pod['status']): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'app', resources: { requests: { cpu } } }] },
  status,
});
const ready = [{ type: 'PodScheduled', status: 'True' }];

it('a resize that the host has not heard of yet has been observed by nobody', async () => {
  const [virtual, host] = [await startFakeApiServer(), await startFakeApiServer()];
  virtual.store.put(resources.services, apiServer);
  const own = { name: 'web', namespace: 'shop', uid: 'u1', generation: 2 };
  virtual.store.put(resources.pods, podWith('25m', own, { observedGeneration: 1, conditions: ready }));
  const onHost = { ...marked('Pod', 'shop', 'web'), generation: 1 };
  const observed = { observedGeneration: 1, phase: 'Running', conditions: ready };
  host.store.put(resources.pods, podWith('20m', onHost, observed));
  const cpuOnHost = () =>
    host.store.get<Pod>(resources.pods, `team/${translator.hostName('Pod', 'shop', 'web')}`)?.spec?.containers[0]
      ?.resources?.requests?.['cpu'];
  const cpuWhenObserved: unknown[] = [];
  virtual.store.subscribe(({ object }) => {
    if (object.status?.['observedGeneration'] === 2) cpuWhenObserved.push(cpuOnHost());
  });
  const running = await startEngineBetween({ virtual, host, translator, store: createMemoryStore() });
  try {
    await eventually(() => expect(cpuWhenObserved).not.toEqual([]));
    expect(cpuWhenObserved[0]).toBe('25m');
  } finally {
    await running.stop();
    await Promise.all([virtual.stop(), host.stop()]);
  }
});
