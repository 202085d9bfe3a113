import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type KubeEvent,
  type KubeObject,
  type Namespace,
  type Node,
  type Pod,
  type PriorityClass,
  type Resource,
  resources,
} from '../../src/kube/types.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlFor } from '../support/k3v-process.ts';

const rules = [
  ['--pod-node-selector', 'disk=ssd'],
  ['--pod-toleration', 'team=a:NoSchedule'],
  ['--pod-priority-class', 'tenants'],
  ['--pod-runtime-class', 'sandbox'],
].flat();
const runtimeClasses: Resource = {
  group: 'node.k8s.io',
  version: 'v1',
  plural: 'runtimeclasses',
  kind: 'RuntimeClass',
  namespaced: false,
};
const patient = { timeoutMs: 90_000, everyMs: 250 };
let cluster: EmbeddedCluster;
let kubectl: (...args: string[]) => Promise<string>;
/** Nodes of the host: with the label and a taint, with the label, without. */
let tainted: string;
let plain: string;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(27_596, { extras: ['nodes'], flags: rules });
  kubectl = await kubectlFor(cluster.k3v().kubeconfig);
  const { host, virtual } = cluster;
  const nodes = await host.list<Node>(resources.nodes);
  [tainted = '', plain = ''] = nodes.items.map(({ metadata }) => metadata.name);
  await host.create<PriorityClass>(resources.priorityClasses, { metadata: { name: 'tenants' }, value: 1000 });
  await host.create<KubeObject & { handler: string }>(runtimeClasses, {
    metadata: { name: 'sandbox' },
    handler: 'sandbox',
  });
  for (const name of [tainted, plain]) {
    await host.patch({ resource: resources.nodes, name }, 'merge', { metadata: { labels: { disk: 'ssd' } } });
  }
  const taints = [{ key: 'team', value: 'a', effect: 'NoSchedule' }];
  await host.patch({ resource: resources.nodes, name: tainted }, 'merge', { spec: { taints } });
  await virtual.create<Namespace>(resources.namespaces, { metadata: { name: 'shop' } });
  const account = { resource: resources.serviceAccounts, namespace: 'shop', name: 'default' };
  await eventually(async () => await virtual.get(account), patient);
});

afterAll(async () => await cluster?.stop());

it('shows the nodes that its pods may run on, without the taints that keep none of them away', async () => {
  await eventually(async () => {
    const { items } = await cluster.virtual.list<Node>(resources.nodes);
    expect(items.map(({ metadata }) => metadata.name).toSorted()).toEqual([tainted, plain].toSorted());
    expect(items.flatMap(({ spec }) => spec?.taints ?? [])).toEqual([]);
  }, patient);
});

it('has all pods run on those, with the classes of the operator: a DaemonSet has one on each', async () => {
  const template = {
    metadata: { labels: { app: 'agent' } },
    spec: { containers: [{ name: 'main', image: 'app' }] },
  };
  const spec = { selector: { matchLabels: { app: 'agent' } }, template };
  const daemonSets: Resource = {
    group: 'apps',
    version: 'v1',
    plural: 'daemonsets',
    kind: 'DaemonSet',
    namespaced: true,
  };
  await cluster.virtual.create<KubeObject & { spec: object }>(daemonSets, {
    metadata: { name: 'agent', namespace: 'shop' },
    spec,
  });
  await kubectl('-n', 'shop', 'rollout', 'status', 'daemonset/agent', '--timeout=90s');
  const { items } = await cluster.virtual.list<Pod>(resources.pods, { namespace: 'shop', labelSelector: 'app=agent' });
  expect(items.map((pod) => pod.spec?.nodeName ?? '').toSorted()).toEqual([tainted, plain].toSorted());
  for (const { metadata } of items) {
    const onHost = await cluster.host.get<Pod>({
      resource: resources.pods,
      namespace: cluster.translator.hostNamespace,
      name: cluster.translator.hostName('Pod', 'shop', metadata.name),
    });
    expect(onHost.spec).toMatchObject({
      nodeSelector: { disk: 'ssd' },
      priorityClassName: 'tenants',
      priority: 1000,
      runtimeClassName: 'sandbox',
      tolerations: expect.arrayContaining([
        { key: 'team', operator: 'Equal', value: 'a', effect: 'NoSchedule' },
      ]) as unknown,
    });
  }
});

it('tells the tenant why a pod that wants another node never runs, and takes no host pod for it', async () => {
  const spec = { nodeSelector: { disk: 'hdd' }, containers: [{ name: 'main', image: 'app' }] };
  await cluster.virtual.create<Pod>(resources.pods, { metadata: { name: 'picky', namespace: 'shop' }, spec });
  await eventually(async () => {
    const { items } = await cluster.virtual.list<KubeEvent>(resources.events, { namespace: 'shop' });
    const told = items.filter(({ involvedObject }) => involvedObject.name === 'picky');
    expect(told.map(({ reason, message }) => `${reason}: ${message}`)).toContain(
      'FailedScheduling: the pod selects nodes with disk=hdd, but pods here run on nodes with disk=ssd',
    );
  }, patient);
  const { items } = await cluster.host.list<Pod>(resources.pods, { namespace: cluster.translator.hostNamespace });
  expect(items.map(({ metadata }) => metadata.name)).not.toContain(cluster.translator.hostName('Pod', 'shop', 'picky'));
});
