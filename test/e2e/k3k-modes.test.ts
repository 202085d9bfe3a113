import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createController } from '../../src/k3k/controller.ts';
import { pairIn, textIn } from '../../src/k3k/secret-texts.ts';
import {
  type Deployment,
  type Namespace,
  type PodDisruptionBudget,
  type Secret,
  type StatefulSet,
  resources,
} from '../../src/kube/types.ts';
import { silentLog } from '../../src/log.ts';
import { clientOf } from '../support/client-of.ts';
import { eventually } from '../support/eventually.ts';
import { type K3kHost, startK3kHost } from '../support/k3k-host.ts';
import { makeAuthority } from '../support/make-authority.ts';

const strict = 'strict';
const ending = new AbortController();
let host: K3kHost;
let running: Promise<void>;

beforeAll(async () => {
  host = await startK3kHost();
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await host.client.create<Namespace>(resources.namespaces, { metadata: { name: strict, labels } });
  const controller = createController({
    client: clientOf(host.kubeconfig),
    namespace: 'default',
    watchNamespace: undefined,
    images: { k3v: 'k3v:1', k3s: 'k3s', etcd: 'etcd:1', pullPolicy: undefined, pullSecrets: [] },
    podCidrs: [],
    identity: 'one',
    workers: 4,
    metrics: undefined,
    log: silentLog,
  });
  running = controller.run(ending.signal);
});

afterAll(async () => {
  ending.abort(new Error('the end'));
  await running;
  await host?.stop();
});

async function giveAuthority(name: string, days: number): Promise<void> {
  const { certPem, keyPem } = await makeAuthority(name, { days });
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  await host.client.create<Secret>(resources.secrets, {
    metadata: { name, namespace: strict },
    data: { 'tls.crt': encoded(certPem), 'tls.key': encoded(keyPem) },
  });
}

/** Resolves with the StatefulSet once all three of its pods are ready: a Cluster is, when most of them are. */
async function allReady(name: string, namespace?: string): Promise<StatefulSet | undefined> {
  return await eventually(async () => {
    const found = await host.get<StatefulSet>(resources.statefulSets, name, namespace);
    expect(found?.status?.readyReplicas).toBe(3);
    return found;
  });
}

it('an API server takes all objects of three servers and two agents of k3s, and the kubeconfig is one of their authorities', async () => {
  await host.create('nested', {
    mode: 'virtual',
    servers: 3,
    agents: 2,
    serverArgs: ['--disable=traefik'],
    secretMounts: [{ secretName: 'registries', name: 'registries', mountPath: '/etc/r', optional: true, role: 'all' }],
  });
  await host.until('nested', ({ status }) => expect(status).toMatchObject({ phase: 'Ready', version: 'v1.36.3-k3s1' }));
  await allReady('k3k-nested-server');
  await allReady('k3k-nested-etcd');
  expect((await host.get<Deployment>(resources.deployments, 'k3k-nested-agent'))?.spec?.replicas).toBe(2);
  for (const name of ['k3k-nested-server', 'k3k-nested-etcd']) {
    expect(await host.get<PodDisruptionBudget>(resources.podDisruptionBudgets, name)).toBeDefined();
  }
  const authorities = await host.get<Secret>(resources.secrets, 'k3k-nested-ca');
  const text = textIn(await host.get<Secret>(resources.secrets, 'k3k-nested-kubeconfig'), 'kubeconfig.yaml') ?? '';
  const { users, clusters } = parse(text) as { users: { user: Record<string, string> }[]; clusters: object[] };
  expect(clusters).toMatchObject([{ cluster: { server: 'https://k3k-nested-service.team.svc:443' } }]);
  const certificate = new X509Certificate(Buffer.from(users[0]?.user['client-certificate-data'] ?? '', 'base64'));
  const userCa = new X509Certificate(pairIn(authorities, 'client-ca')?.certPem ?? '');
  expect(certificate.verify(userCa.publicKey)).toBe(true);
});

it('what is made once stays as it is when the Cluster changes', async () => {
  const names = ['k3k-nested-ca', 'k3k-nested-etcd-keys', 'k3k-nested-token', 'k3k-nested-kubeconfig'];
  const dataOf = async () =>
    await Promise.all(names.map(async (name) => (await host.get<Secret>(resources.secrets, name))?.data));
  const before = await dataOf();
  await host.change('nested', { serverArgs: ['--disable=servicelb'] });
  await host.until('nested', ({ metadata, status }) =>
    expect(status).toMatchObject({ phase: 'Ready', observedGeneration: metadata.generation }),
  );
  expect(await dataOf()).toEqual(before);
});

it('three servers of k3v, their etcd and their authorities keep the Pod Security Standard restricted; Secrets may come later', async () => {
  const customCAs = { sources: { serverCA: { secretName: 'own-servers' }, etcdPeerCA: { secretName: 'own-peers' } } };
  await host.create('three', { servers: 3, customCAs }, strict);
  await host.until(
    'three',
    ({ status }) => expect(JSON.stringify(status)).toContain('own-servers, which customCAs names, is not there'),
    strict,
  );
  await giveAuthority('own-servers', 30);
  await giveAuthority('own-peers', 30);
  await host.playServer('three', strict);
  await host.until('three', ({ status }) => expect(status?.phase).toBe('Ready'), strict);
  const servers = await allReady('k3k-three-server', strict);
  const members = [0, 1, 2].map((index) => `https://k3k-three-etcd-${index}.k3k-three-etcd.strict.svc:2379`);
  expect(servers?.spec?.template.spec?.containers[0]?.args).toEqual(
    expect.arrayContaining([
      '--ca-dir=/authorities',
      '--replicas=3',
      `--datastore-endpoint=${members.join(',')}`,
      '--datastore-cafile=/etc/k3k/etcd/ca.crt',
    ]),
  );
  await allReady('k3k-three-etcd', strict);
  const own = await host.get<Secret>(resources.secrets, 'own-peers', strict);
  const keys = await host.get<Secret>(resources.secrets, 'k3k-three-etcd-keys', strict);
  expect(keys?.data?.['peer-ca.crt']).toBe(own?.data?.['tls.crt']);
});

it('an authority that cannot be used is told', async () => {
  await giveAuthority('old', -1);
  await host.create('refused', { customCAs: { sources: { clientCA: { secretName: 'old' } } } }, strict);
  await host.until(
    'refused',
    ({ status }) =>
      expect(status).toMatchObject({
        phase: 'Pending',
        conditions: expect.arrayContaining([
          expect.objectContaining({
            reason: 'ValidationFailed',
            message: expect.stringContaining('the Secret old of customCAs.sources.clientCA has expired'),
          }),
        ]),
      }),
    strict,
  );
});
