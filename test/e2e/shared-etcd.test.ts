import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/cli/config.ts';
import type { ControlPlane } from '../../src/control-plane/control-plane.ts';
import { startControlPlane } from '../../src/control-plane/start-control-plane.ts';
import { createKubeClient } from '../../src/kube/rest-client.ts';
import { type Namespace, resources } from '../../src/kube/types.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { type EtcdServer, startEtcd } from '../support/etcd-server.ts';
import { plainControlPlane } from '../support/plain-control-plane.ts';

const etcdPort = 27_630;
let folder: string;
let etcd: EtcdServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-shared-etcd-'));
  etcd = await startEtcd(etcdPort);
});

afterAll(async () => {
  await etcd?.remove();
  await rm(folder, { recursive: true, force: true });
});

async function start(id: string): Promise<ControlPlane> {
  const { datastore } = readConfig(
    {
      id,
      'datastore-endpoint': `https://127.0.0.1:${etcdPort}`,
      'datastore-cafile': etcd.tls.ca,
      'datastore-certfile': etcd.tls.client.cert,
      'datastore-keyfile': etcd.tls.client.key,
    },
    {},
  );
  return await startControlPlane(
    {
      ...plainControlPlane,
      dataDir: join(folder, id),
      distro: 'kubernetes',
      datastore,
      listenPort: etcdPort + 5,
      cacheDir: cacheDir(),
    },
    new AbortController().signal,
  );
}

/** Makes a namespace called as the virtual cluster, and returns all that there are then but those of Kubernetes itself. */
async function namespacesOf(id: string): Promise<string[]> {
  const controlPlane = await start(id);
  const { server, caPem, certPem, keyPem } = controlPlane.admin;
  const client = createKubeClient({
    server,
    credentials: async () => ({ tls: { ca: caPem, cert: certPem, key: keyPem }, headers: {} }),
  });
  try {
    await client.create<Namespace>(resources.namespaces, { metadata: { name: id } });
    const { items } = await client.list<Namespace>(resources.namespaces);
    return items.map(({ metadata }) => metadata.name ?? '').filter((name) => !/^(default|kube-.*)$/.test(name));
  } finally {
    client.close();
    await controlPlane.stop();
  }
}

test('two virtual clusters on one etcd know nothing of each other', async () => {
  expect(await namespacesOf('red')).toEqual(['red']);
  expect(await namespacesOf('blue')).toEqual(['blue']);
});
