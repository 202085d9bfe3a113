import { copyFile, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ConfigMap, type Pod, resources } from '../../src/kube/types.ts';
import { clientOf } from '../support/client-of.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlFor } from '../support/k3v-process.ts';

const patience = { timeoutMs: 90_000, everyMs: 200 };
let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(27_558, { extras: ['nodes/proxy'] });
});

afterAll(async () => await cluster?.stop());

it('with its CAs deleted a cluster comes back with others, all its objects and its pods, and refuses what the old ones have signed', async () => {
  const { folder } = cluster;
  const pki = join(folder, 'k3v-data/pki');
  const kubeconfig = cluster.k3v().kubeconfig;
  const before = await kubectlFor(kubeconfig);
  await before('create', 'deployment', 'web', '--image=nginx');
  await before('rollout', 'status', 'deployment/web', '--timeout=120s');
  const uid = await before('get', 'pods', '-o', 'jsonpath={.items[*].metadata.uid}');
  const oldCa = await readFile(join(pki, 'ca.crt'), 'utf8');
  const oldKubeconfig = join(folder, 'old.yaml');
  await copyFile(kubeconfig, oldKubeconfig);

  await cluster.restart(async () => {
    const authorities = (await readdir(pki)).filter((name) => /^(front-proxy-)?ca\./.test(name));
    expect(authorities).toHaveLength(4);
    for (const name of authorities) await rm(join(pki, name));
  });

  const after = await kubectlFor(kubeconfig);
  const newCa = await readFile(join(pki, 'ca.crt'), 'utf8');
  expect(newCa).not.toBe(oldCa);
  expect(await after('get', 'pods', '-o', 'jsonpath={.items[*].metadata.uid}')).toBe(uid);
  // The Service webhook and the aggregated metrics API answer the API server with its new certificates.
  await after('expose', 'deployment', 'web', '--port=80');
  await eventually(
    async () => expect(await after('get', '--raw', '/apis/metrics.k8s.io/v1beta1')).toContain('pods'),
    patience,
  );
  const old = await kubectlFor(oldKubeconfig);
  await expect(old('get', 'pods')).rejects.toThrow('certificate signed by unknown authority');
  const trusting = `--certificate-authority=${join(pki, 'ca.crt')}`;
  await expect(old('get', 'pods', trusting)).rejects.toThrow('You must be logged in to the server');

  const virtual = clientOf(kubeconfig);
  try {
    // What pods trust, in the virtual cluster and in their copy on the host.
    const ref = { resource: resources.configMaps, namespace: 'default', name: 'kube-root-ca.crt' };
    await eventually(async () => {
      expect((await virtual.get<ConfigMap>(ref)).data?.['ca.crt']?.trim()).toBe(newCa.trim());
      const onHost = await cluster.host.list<ConfigMap>(resources.configMaps, { namespace: 'team' });
      const copies = onHost.items.filter(({ metadata }) => metadata.name.startsWith('kube-root-ca-crt-default-'));
      expect(copies.map(({ data }) => data?.['ca.crt']?.trim())).toEqual([newCa.trim()]);
    }, patience);
    const [pod] = (await virtual.list<Pod>(resources.pods, { namespace: 'default' })).items;
    expect(pod?.status?.phase).toBe('Running');
  } finally {
    virtual.close();
  }
});
