import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { eventually } from '../support/eventually.ts';
import {
  type Kubectl,
  type VirtualCluster,
  busybox,
  startVirtualCluster,
  waitFlag,
} from '../support/virtual-cluster.ts';

const patience = { timeoutMs: 60_000, everyMs: 200 };
const sleeping = {
  terminationGracePeriodSeconds: 0,
  containers: [{ name: 'main', command: ['sleep', '999'], ...busybox }],
};
const at = (path: string) => ['-o', `jsonpath={${path}}`];
const words = (text: string) => text.split(/\s+/).filter(Boolean).toSorted();

describeOnHosts('fields of a pod', (startHost) => {
  let cluster: VirtualCluster;
  let virtual: Kubectl;
  let host: Kubectl;

  beforeAll(async () => {
    cluster = await startVirtualCluster(startHost, { port: 27_491, flags: ['--disable', 'coredns'] });
    ({ virtual, host } = cluster);
  });

  afterAll(async () => {
    await cluster?.stop();
  });

  it('give a DaemonSet one pod on each node', async () => {
    const labels = { app: 'each' };
    const template = { metadata: { labels }, spec: sleeping };
    await cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'each' },
      spec: { selector: { matchLabels: labels }, template },
    });
    await virtual('rollout', 'status', 'daemonset/each', waitFlag);
    const nodes = words(await host('get', 'nodes', ...at('.items[*].metadata.name')));
    expect(words(await virtual('get', 'pods', '-l', 'app=each', ...at('.items[*].spec.nodeName')))).toEqual(nodes);
    expect(words(await host('get', 'pods', '-l', 'v.k3v.io/app=each', ...at('.items[*].spec.nodeName')))).toEqual(
      nodes,
    );
    await virtual('delete', 'daemonset', 'each');
  });

  it('put it on the node that the tenant names', async () => {
    const nodes = words(await host('get', 'nodes', ...at('.items[*].metadata.name')));
    const pods = nodes.map((nodeName) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `on-${nodeName}`, labels: { app: 'named' } },
      spec: { ...sleeping, nodeName },
    }));
    await cluster.apply(...pods);
    await virtual('wait', '--for=condition=Ready', 'pod', '-l', 'app=named', waitFlag);
    expect(words(await host('get', 'pods', '-l', 'v.k3v.io/app=named', ...at('.items[*].spec.nodeName')))).toEqual(
      nodes,
    );
    await virtual('delete', 'pod', '-l', 'app=named');
  });

  it('spread the pods of one revision, by keys that the API server has made requirements of', async () => {
    const labels = { app: 'spread' };
    const constraint = { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' };
    const spec = {
      ...sleeping,
      topologySpreadConstraints: [
        { ...constraint, labelSelector: { matchLabels: labels }, matchLabelKeys: ['pod-template-hash'] },
      ],
    };
    const nodes = words(await host('get', 'nodes', ...at('.items[*].metadata.name')));
    await cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'spread' },
      spec: { replicas: nodes.length, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
    await virtual('rollout', 'status', 'deployment/spread', waitFlag);
    expect(words(await virtual('get', 'pods', '-l', 'app=spread', ...at('.items[*].spec.nodeName')))).toEqual(nodes);
    await virtual('delete', 'deployment', 'spread');
  });

  it('send no traffic to it before its readiness gate is open', async () => {
    const labels = { app: 'gated' };
    await cluster.apply(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'gated' },
        spec: { selector: labels, ports: [{ port: 80 }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'gated', labels },
        spec: { ...sleeping, readinessGates: [{ conditionType: 'example.com/gate' }] },
      },
    );
    await virtual('wait', '--for=condition=ContainersReady', 'pod/gated', waitFlag);
    const slices = [
      'get',
      'endpointslices',
      '-l',
      `kubernetes.io/service-name=${cluster.translator.hostName('Service', 'default', 'gated')}`,
    ];
    const ready = async () => await host(...slices, ...at('.items[*].endpoints[*].conditions.ready'));
    await eventually(async () => expect(await ready()).toBe('false'), patience);
    const open = { status: { conditions: [{ type: 'example.com/gate', status: 'True' }] } };
    await virtual('patch', 'pod', 'gated', '--subresource=status', '-p', JSON.stringify(open));
    await virtual('wait', '--for=condition=Ready', 'pod/gated', waitFlag);
    await eventually(async () => expect(await ready()).toBe('true'), patience);
    await virtual('delete', 'pod,service', 'gated');
  });

  it('give its containers the variables that the kubelet of a bare cluster gives, in names and in values', async () => {
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { KUBERNETES_PORT: 'mine', FROM: '$(KUBERNETES_SERVICE_PORT)' },
    };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'env', labels: { app: 'x' }, annotations: { price: '$(HOME) 5$$ "é"' } },
      spec: {
        restartPolicy: 'Never',
        volumes: [
          { name: 'info', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        ],
        containers: [
          {
            ...busybox,
            name: 'main',
            // Addresses differ between the two clusters.
            command: ['sh', '-c', "env | sort | sed 's/[0-9]*\\.[0-9]*\\.[0-9]*\\.[0-9]*/address/g'; cat /info/*"],
            envFrom: [{ configMapRef: { name: 'settings' } }],
            volumeMounts: [{ name: 'info', mountPath: '/info' }],
            env: [
              { name: 'BEFORE', value: '$(KUBERNETES_SERVICE_PORT) $$(X) $(FROM) $(NONE)' },
              { name: 'KUBERNETES_SERVICE_PORT', value: 'mine after $(KUBERNETES_SERVICE_PORT)' },
              { name: 'AFTER', value: '$(KUBERNETES_SERVICE_PORT) $(KUBERNETES_PORT)' },
              field('PRICE', "metadata.annotations['price']"),
              field('APP', "metadata.labels['app']"),
              field('NAME', 'metadata.name'),
              field('ACCOUNT', 'spec.serviceAccountName'),
            ],
          },
        ],
      },
    };
    const bare: Kubectl = async (...args) => await host(...args, '--namespace', 'bare');
    await host('create', 'namespace', 'bare');
    const file = join(cluster.folder, 'env.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [settings, pod] }));
    const said: string[] = [];
    for (const kubectl of [bare, virtual]) {
      await eventually(async () => await kubectl('get', 'serviceaccount', 'default'), patience);
      await kubectl('apply', '-f', file);
      await kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/env', waitFlag);
      said.push(await kubectl('logs', 'env'));
    }
    expect(said[1]).toBe(said[0]);
    expect(said[0]).toContain('BEFORE=443 $(X) $(KUBERNETES_SERVICE_PORT) $(NONE)');
  });
});
