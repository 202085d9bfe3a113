import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createController } from '../../../src/k3k/controller.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { silentLog } from '../../../src/log.ts';
import { answeringClient } from '../../support/answering-client.ts';
import { eventually } from '../../support/eventually.ts';

/** A host without objects that takes 10 ms for a list. */
function slowHost() {
  const lists = { inFlight: 0, firstWave: 0, asked: 0 };
  const list: KubeClient['list'] = async () => {
    lists.asked += 1;
    lists.inFlight += 1;
    await sleep(10);
    lists.firstWave ||= lists.inFlight;
    lists.inFlight -= 1;
    return { items: [], resourceVersion: '1', continue: undefined };
  };
  async function* watch() {
    yield* [];
    await new Promise(() => {});
  }
  const client = answeringClient({
    request: async () => ({ gitVersion: 'v1.36.3', major: '1', minor: '36' }),
    list,
    watch,
  });
  return { client, lists };
}

it('the controller begins with eight requests at a time to its host, however much it has to list', async () => {
  const { client, lists } = slowHost();
  const ending = new AbortController();
  const controller = createController({
    client,
    namespace: 'k3k-system',
    watchNamespace: undefined,
    images: { k3v: 'k3v:1', k3s: 'k3s', etcd: 'etcd:1', pullPolicy: undefined, pullSecrets: [] },
    podCidrs: [],
    identity: undefined,
    workers: 4,
    metrics: undefined,
    log: silentLog,
  });
  const running = controller.run(ending.signal);
  await eventually(() => expect(controller.isReady()).toBe(true));
  expect(lists.asked).toBeGreaterThan(8);
  expect(lists.firstWave).toBe(8);
  ending.abort(new Error('the end'));
  void running.catch(() => undefined);
});
