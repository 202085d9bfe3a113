import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnK3vHost } from '../support/describe-on-k3v-host.ts';
import { applyWith } from '../support/apply.ts';
import { eventually } from '../support/eventually.ts';
import { isFullExtent } from '../support/fault-extent.ts';
import { type K3kRealHost, startK3kRealHost } from '../support/k3k-real-host.ts';
import { restrictedPod } from '../support/restricted-pod.ts';
import { waitFlag as wait } from '../support/virtual-cluster.ts';

const patience = { timeoutMs: 180_000, everyMs: 500 };
const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };

/** Without any they would get next to nothing of a processor that others want, too. */
const serverResources = { requests: { cpu: '100m', memory: '256Mi' } };

interface Where {
  namespace: string;
  name: string;
  spec: object;
}

describeOnK3vHost('Clusters', (startHost) => {
  let k3k: K3kRealHost;
  const ephemeral = { persistence: { type: 'ephemeral' } };
  /** Five in namespaces of their own, and two in one; three more with K3V_FAULTS=full. */
  const clusters: Where[] = [
    { namespace: 'team-1', name: 'kept', spec: { tlsSANs: ['kept.example', '203.0.113.9'] } },
    { namespace: 'team-2', name: 'fleeting', spec: ephemeral },
    { namespace: 'team-3', name: 'exposed', spec: { ...ephemeral, expose: { nodePort: { serverPort: 30_443 } } } },
    { namespace: 'team-4', name: 'stocked', spec: { ...ephemeral, addons: [{ secretRef: 'greeting' }] } },
    { namespace: 'team-5', name: 'web', spec: { ...ephemeral, sync: { ingresses: { enabled: true } } } },
    ...['one', 'two'].map((name) => ({ namespace: 'pair', name, spec: ephemeral })),
    ...(isFullExtent ? ['x', 'y', 'z'] : []).map((name) => ({
      namespace: `team-${name}`,
      name,
      spec: ephemeral,
    })),
  ];
  const namespaces = [...new Set(clusters.map(({ namespace }) => namespace))];
  const greeting = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'greeting', namespace: 'default' } };

  beforeAll(async () => {
    k3k = await startK3kRealHost(startHost);
    await k3k.apply(
      ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: restricted } })),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'greeting', namespace: 'team-4' },
        stringData: { 'greeting.yaml': JSON.stringify({ ...greeting, data: { text: 'hello' } }) },
      },
      ...clusters.map(({ namespace, name, spec }) => ({
        apiVersion: 'k3k.io/v1beta1',
        kind: 'Cluster',
        metadata: { name, namespace },
        spec: { serverArgs: ['--isolation=restricted'], serverResources, ...spec },
      })),
    );
    await Promise.all(clusters.map(async ({ namespace, name }) => await k3k.untilReady(namespace, name)));
  });

  afterAll(async () => await k3k?.stop());

  const host = async (...args: string[]) => await k3k.host(...args);
  const killServer = async (namespace: string, name: string) => {
    const pod = `k3k-${name}-server-0`;
    const uid = async () => await host('-n', namespace, 'get', 'pod', pod, '-o', 'jsonpath={.metadata.uid}');
    const before = await uid();
    await host('-n', namespace, 'delete', 'pod', pod, '--grace-period=0', '--force', '--wait=false');
    await eventually(async () => expect(await uid()).not.toBe(before), patience);
    await host('-n', namespace, 'wait', `pod/${pod}`, '--for=condition=Ready', wait);
  };

  it('that are created at once each answer, and run pods', async () => {
    const run = async ({ namespace, name }: Where) => {
      const tenant = await k3k.answering(namespace, name);
      await applyWith(tenant, await mkdtemp(join(k3k.folder, 'pod-')), [restrictedPod('first', `echo ${name}`)]);
      await tenant('wait', 'pod/first', '--for=jsonpath={.status.phase}=Succeeded', wait);
      const path = 'jsonpath={.status.containerStatuses[0].state.terminated.message}';
      return [name, await tenant('get', 'pod', 'first', '-o', path)];
    };
    const said = await Promise.all(clusters.map(run));
    expect(said).toEqual(clusters.map(({ name }) => [name, name]));
  });

  it('in one namespace do not see each other', async () => {
    const [one, two] = await Promise.all(['one', 'two'].map(async (name) => await k3k.answering('pair', name)));
    await one?.('create', 'configmap', 'mine', '--from-literal=of=one');
    await expect(two?.('get', 'configmap', 'mine')).rejects.toThrow('NotFound');
    const uids = await Promise.all(
      [one, two].map(async (tenant) => await tenant?.('get', 'ns', 'kube-system', '-o', 'jsonpath={.metadata.uid}')),
    );
    expect(uids[0]).not.toBe(uids[1]);
  });

  it('have the names that were asked for in their certificates', async () => {
    const address = await host('-n', 'team-1', 'get', 'svc', 'k3k-kept-service', '-o', 'jsonpath={.spec.clusterIP}');
    const socket = tls.connect({ host: address, port: 443, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { subjectaltname } = socket.getPeerCertificate();
    socket.destroy();
    for (const name of ['DNS:kept.example', 'IP Address:203.0.113.9', `IP Address:${address}`])
      expect(subjectaltname).toContain(name);
  });

  it('are reached by a node port of any node, as their kubeconfig says', async () => {
    const nodes = await host(
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}',
    );
    for (const node of nodes.split(' ')) {
      const tenant = await k3k.answering('team-3', 'exposed', `https://${node}:30443`);
      expect(await tenant('get', '--raw', '/readyz')).toBe('ok');
    }
    const path = '-o=jsonpath={.data.kubeconfig\\.yaml}';
    const kubeconfig = await host('-n', 'team-3', 'get', 'secret', 'k3k-exposed-kubeconfig', path);
    expect(Buffer.from(kubeconfig, 'base64').toString()).toContain(':30443');
  });

  it('have what their add-ons hold', async () => {
    const tenant = await k3k.answering('team-4', 'stocked');
    const text = async () => await tenant('get', 'configmap', 'greeting', '-o', 'jsonpath={.data.text}');
    await eventually(async () => expect(await text()).toBe('hello'), patience);
  });

  it('carry Ingresses across where that is asked for', async () => {
    const tenant = await k3k.answering('team-5', 'web');
    await tenant('create', 'ingress', 'web', '--rule=web.example/*=web:80');
    const hosts = async () =>
      await host('-n', 'team-5', 'get', 'ingresses', '-o', 'jsonpath={.items[*].spec.rules[*].host}');
    await eventually(async () => expect(await hosts()).toBe('web.example'), patience);
  });

  it('are back with their data when a server is killed, and without it where they are ephemeral', async () => {
    const made = ['create', 'configmap', 'colours', '--from-literal=sky=blue'];
    await (await k3k.answering('team-1', 'kept'))(...made);
    await (await k3k.answering('team-2', 'fleeting'))(...made);
    const address = ['get', 'service', 'kubernetes', '-o', 'jsonpath={.spec.clusterIP}'];
    const before = await (await k3k.answering('team-2', 'fleeting'))(...address);
    await Promise.all([killServer('team-1', 'kept'), killServer('team-2', 'fleeting')]);
    const kept = await k3k.answering('team-1', 'kept');
    expect(await kept('get', 'configmap', 'colours', '-o', 'jsonpath={.data.sky}')).toBe('blue');
    const fleeting = await k3k.answering('team-2', 'fleeting');
    await expect(fleeting('get', 'configmap', 'colours')).rejects.toThrow('NotFound');
    // Pods find the API server where its certificate says that it is.
    await eventually(async () => expect(await fleeting(...address)).toBe(before), patience);
    const dns = ['-n', 'kube-system', 'rollout', 'status', 'deployment/coredns', wait];
    await eventually(async () => expect(await fleeting(...dns)).toContain('successfully rolled out'), patience);
  });

  it('are rolled when their arguments change, and keep their data', async () => {
    const tenant = await k3k.answering('team-1', 'kept');
    await tenant('create', 'configmap', 'before', '--from-literal=a=b');
    const spec = { serverArgs: ['--isolation=restricted', '--audit-log'] };
    await host('-n', 'team-1', 'patch', 'clusters.k3k.io', 'kept', '--type=merge', '-p', JSON.stringify({ spec }));
    await host('-n', 'team-1', 'rollout', 'status', 'statefulset/k3k-kept-server', wait);
    await k3k.untilReady('team-1', 'kept');
    const args = async () =>
      await host('-n', 'team-1', 'get', 'pod', 'k3k-kept-server-0', '-o', 'jsonpath={.spec.containers[0].args}');
    await eventually(async () => expect(await args()).toContain('--audit-log'), patience);
    const again = await k3k.answering('team-1', 'kept');
    expect(await again('get', 'configmap', 'before', '-o', 'jsonpath={.data.a}')).toBe('b');
  });

  it('move to another node when theirs is drained, where their data is ephemeral', async () => {
    const on = async () =>
      await host('-n', 'team-2', 'get', 'pod', 'k3k-fleeting-server-0', '-o', 'jsonpath={.spec.nodeName}');
    const before = await on();
    // Those with a volume of their node stay pending until it is back.
    const ofCluster = [
      '--ignore-daemonsets',
      '--delete-emptydir-data',
      '--force',
      '--pod-selector',
      'cluster=fleeting',
    ];
    try {
      await host('drain', before, ...ofCluster, wait);
      await eventually(async () => {
        const now = await on();
        expect(now).not.toBe('');
        expect(now).not.toBe(before);
      }, patience);
      await k3k.untilReady('team-2', 'fleeting');
      const tenant = await k3k.answering('team-2', 'fleeting');
      expect(await tenant('get', '--raw', '/readyz')).toBe('ok');
    } finally {
      await host('uncordon', before);
    }
  });

  it('leave nothing when they are deleted, also of what the tenant made on the host', async () => {
    await host('-n', 'pair', 'delete', 'clusters.k3k.io', 'one', '--timeout=150s');
    await host('-n', 'team-2', 'delete', 'clusters.k3k.io', 'fleeting', '--timeout=150s');
    const kinds = (await host('api-resources', '--namespaced', '--verbs=list', '-o', 'name'))
      .split('\n')
      .filter((kind) => kind !== '' && !/^(events|pods\.metrics)/.test(kind));
    const left = async (namespace: string) => await host('-n', namespace, 'get', kinds.join(','), '-o', 'name');
    const ours = (text: string) =>
      text.split('\n').filter((each) => !/^$|configmap\/kube-root-ca.crt|serviceaccount\/default/.test(each));
    await eventually(async () => expect(ours(await left('team-2'))).toEqual([]), patience);
    await eventually(
      async () => expect(ours(await left('pair')).filter((each) => /\bone\b/.test(each))).toEqual([]),
      patience,
    );
    const wide = await host(
      'get',
      'clusterroles,clusterrolebindings',
      '-l',
      'k3k.io/cluster in (one,fleeting)',
      '-o',
      'name',
    );
    expect(wide).toBe('');
    const other = await k3k.answering('pair', 'two');
    expect(await other('get', '--raw', '/readyz')).toBe('ok');
  });
});
