import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type K3vProcess, kubectlFor, runK3v, startK3v } from '../support/k3v-process.ts';
import { applyWith } from '../support/apply.ts';
import { eventually } from '../support/eventually.ts';

type Kubectl = (...args: string[]) => Promise<string>;

let folder: string;
let k3v: K3vProcess;
let virtual: Kubectl;
let host: Kubectl;
const args = ['--host', 'embedded', '--listen-port', '27443', '--disable', 'coredns'];
const ours = ['-l', 'k3v.io/cluster=default'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-e2e-'));
  k3v = await startK3v(folder, args);
  virtual = await kubectlFor(k3v.kubeconfig);
  host = await kubectlFor(join(folder, 'k3v-data/embedded-host/kubeconfig.yaml'));
});

afterAll(async () => {
  await k3v.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

const apply = async (...items: object[]) => await applyWith(virtual, folder, items);
const applyToHost = async (...items: object[]) => await applyWith(host, folder, items);

const podsOn = async (kubectl: Kubectl, ...more: string[]) =>
  (await kubectl('get', 'pods', '-o', 'name', ...more)).split('\n').filter(Boolean);

/** A sidecar, another image, a toleration and a label for new pods with the label `app=admitted`. */
const policy = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'inject' } };
const patches = [
  'JSONPatch{op: "add", path: "/spec/containers/-", value: Object.spec.containers{name: "proxy", image: "envoy"}}',
  'JSONPatch{op: "replace", path: "/spec/containers/0/image", value: "mirror.example/" + object.spec.containers[0].image}',
  'JSONPatch{op: "add", path: "/spec/tolerations/-", value: Object.spec.tolerations{key: "example.com/taint", operator: "Exists"}}',
  'JSONPatch{op: "add", path: "/metadata/labels/injected", value: "yes"}',
];
const injectingPolicy = [
  {
    ...policy,
    kind: 'MutatingAdmissionPolicy',
    spec: {
      reinvocationPolicy: 'Never',
      matchConstraints: {
        objectSelector: { matchLabels: { 'v.k3v.io/app': 'admitted' } },
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: `[${patches.join(', ')}]` } }],
    },
  },
  { ...policy, kind: 'MutatingAdmissionPolicyBinding', spec: { policyName: 'inject' } },
];

describe('a virtual cluster on the embedded host', () => {
  it('rolls a Deployment out, scales it and deletes it, on both sides', async () => {
    await virtual('create', 'deployment', 'web', '--image=nginx', '--replicas=3');
    await virtual('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect(await podsOn(host, ...ours)).toHaveLength(3);
    await virtual('scale', 'deployment/web', '--replicas=1');
    await eventually(async () => expect(await podsOn(host, ...ours)).toHaveLength(1));
    await virtual('delete', 'deployment', 'web');
    await eventually(async () => expect(await podsOn(host, ...ours)).toHaveLength(0));
    expect(await podsOn(virtual)).toHaveLength(0);
  });

  it('shows the node and the address that the host gave to a pod', async () => {
    await virtual('run', 'one', '--image=nginx');
    await virtual('wait', '--for=condition=Ready', 'pod/one', '--timeout=60s');
    const fields = 'jsonpath={.items[0].spec.nodeName} {.items[0].status.podIP} {.items[0].status.hostIP}';
    const seen = await virtual('get', 'pods', '-l', 'run=one', '-o', fields);
    expect(seen).toMatch(/^\S+ \d+\.\d+\.\d+\.\d+ \S+$/);
    expect(seen).toBe(await host('get', 'pods', ...ours, '-o', fields));
    expect(await virtual('get', 'nodes', '-o', 'name')).toContain(`node/${seen.split(' ')[0]}`);
    await virtual('delete', 'pod', 'one');
  });

  it('gives a Service the address of its host Service from the first moment', async () => {
    const created = await virtual(
      'create',
      'service',
      'clusterip',
      'api',
      '--tcp=80',
      '-o',
      'jsonpath={.spec.clusterIP}',
    );
    const onHost = 'jsonpath={.items[?(@.metadata.annotations.k3v\\.io/owner-name=="api")].spec.clusterIP}';
    expect(created).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(await host('get', 'services', ...ours, '-o', onHost)).toBe(created);
    expect(await virtual('get', 'service', 'api', '-o', 'jsonpath={.spec.clusterIP}')).toBe(created);
    await virtual('delete', 'service', 'api');
    await eventually(async () => expect(await host('get', 'services', ...ours, '-o', onHost)).toBe(''));
  });

  it('has the API server’s own Service under its address again when a tenant deletes it with all others', async () => {
    const own = async () =>
      (await virtual('get', 'service', 'kubernetes', '-o', 'jsonpath={.metadata.uid} {.spec.clusterIP}')).split(' ');
    const onHost = 'jsonpath={.items[?(@.metadata.annotations.k3v\\.io/owner-name=="kubernetes")].spec.clusterIP}';
    const [uid, address] = await own();
    await virtual('delete', 'services', '--all');
    await eventually(
      async () => {
        const [now, again] = await own();
        expect(now).not.toBe(uid);
        expect(again).toBe(address);
      },
      { timeoutMs: 60_000 },
    );
    expect(await host('get', 'services', ...ours, '-o', onHost)).toBe(address);
  });

  it('makes nothing on the host for a dry run', async () => {
    await virtual('create', 'service', 'clusterip', 'dry', '--tcp=80', '--dry-run=server');
    expect(await host('get', 'services', ...ours, '-o', 'name')).not.toContain('/dry-default-');
  });

  it('sends only those ConfigMaps and Secrets to the host that a pod uses', async () => {
    for (const name of ['used', 'unused']) {
      await virtual('create', 'configmap', name, '--from-literal=a=1');
      await virtual('create', 'secret', 'generic', name, '--from-literal=a=1');
    }
    const volumes = [
      { name: 'config', configMap: { name: 'used' } },
      { name: 'secret', secret: { secretName: 'used' } },
    ];
    const containers = [{ name: 'main', image: 'nginx' }];
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'user' }, spec: { containers, volumes } });
    await virtual('wait', '--for=condition=Ready', 'pod/user', '--timeout=60s');
    const names = async () => await host('get', 'configmaps,secrets', ...ours, '-o', 'name');
    await eventually(async () => expect((await names()).match(/\/used-default-/g)).toHaveLength(2));
    expect(await names()).not.toContain('unused');
    await virtual('delete', 'pod', 'user');
    await eventually(async () => expect(await names()).not.toContain('/used-default-'));
  });

  it('mirrors the addresses of a Service without selector', async () => {
    await virtual('create', 'service', 'clusterip', 'outside', '--tcp=80');
    await virtual('patch', 'service', 'outside', '--type=json', '-p', '[{"op":"remove","path":"/spec/selector"}]');
    const subsets = [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ name: '80', port: 80 }] }];
    await apply({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'outside' }, subsets });
    await eventually(async () =>
      expect(
        await host('get', 'endpoints', ...ours, '-o', 'jsonpath={.items[*].subsets[*].addresses[*].ip}'),
      ).toContain('192.0.2.7'),
    );
    await virtual('delete', 'service', 'outside');
  });

  it('keeps custom resources to itself', async () => {
    await apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'boats.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'boats', singular: 'boat', kind: 'Boat' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    });
    await virtual('wait', '--for=condition=Established', 'crd/boats.example.com', '--timeout=30s');
    await apply({ apiVersion: 'example.com/v1', kind: 'Boat', metadata: { name: 'queen' } });
    expect(await virtual('get', 'boats', '-o', 'name')).toBe('boat.example.com/queen');
    expect(await host('get', 'crd', '-o', 'name')).not.toContain('boats');
  });

  it('empties the host of a namespace that is deleted', async () => {
    await virtual('create', 'namespace', 'shop');
    await virtual('-n', 'shop', 'create', 'deployment', 'api', '--image=nginx', '--replicas=2');
    await virtual('-n', 'shop', 'expose', 'deployment', 'api', '--port=80');
    await virtual('-n', 'shop', 'rollout', 'status', 'deployment/api', '--timeout=60s');
    await virtual('delete', 'namespace', 'shop', '--timeout=90s');
    const left = ['get', 'pods,services,endpoints,configmaps', ...ours, '-l', 'k3v.io/namespace=shop', '-o', 'name'];
    await eventually(async () => expect(await host(...left)).toBe(''));
  });

  it('ends a virtual pod whose host pod an admin deletes, so that its controller makes a new one', async () => {
    await virtual('create', 'deployment', 'lone', '--image=nginx');
    await virtual('rollout', 'status', 'deployment/lone', '--timeout=60s');
    const [before] = await podsOn(virtual, '-l', 'app=lone');
    const [onHost = ''] = await podsOn(host, ...ours);
    await host('delete', onHost);
    await eventually(async () => {
      const now = await podsOn(virtual, '-l', 'app=lone', '--field-selector=status.phase=Running');
      expect(now).toHaveLength(1);
      expect(now).not.toContain(before);
    });
    await virtual('delete', 'deployment', 'lone');
  });

  it('keeps what the host’s admission makes of a pod, and shows none of it to the tenant', async () => {
    await applyToHost(...injectingPolicy);
    const injected = async (...more: string[]) =>
      await host('get', 'pods', ...ours, '-l', 'injected=yes', '-o', ...more);
    const containers = [{ name: 'main', image: 'nginx' }];
    const pod = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: 'admitted' } },
      spec: { containers },
    });
    // A policy works from a moment after it is made.
    await eventually(
      async () => {
        await apply(pod('admitted'));
        await virtual('wait', '--for=condition=Ready', 'pod/admitted', '--timeout=60s');
        if ((await injected('name')) !== '') return;
        await virtual('delete', 'pod', 'admitted');
        throw new Error('the policy does not work yet');
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    const onHost = async () => await injected('jsonpath={.items[*].spec.containers[*].image}');
    expect(await onHost()).toBe('mirror.example/nginx envoy');
    expect(await virtual('get', 'pod', 'admitted', '-o', 'jsonpath={..containerStatuses[*].name}')).toBe('main');
    expect(await virtual('get', 'pod', 'admitted', '-o', 'jsonpath={.spec.containers[*].image}')).toBe('nginx');
    expect(await virtual('get', 'pod', 'admitted', '-o', 'yaml')).not.toMatch(/injected|envoy|example.com\/taint/);
    await virtual('annotate', 'pod', 'admitted', 'seen=yes');
    await eventually(async () => expect(await injected('jsonpath={..metadata.annotations.seen}')).toBe('yes'));
    expect(await onHost()).toBe('mirror.example/nginx envoy');
    expect(await injected('jsonpath={..tolerations[*].key}')).toContain('example.com/taint');
    await virtual('set', 'image', 'pod/admitted', 'main=nginx:2');
    await eventually(async () => expect(await onHost()).toBe('nginx:2 envoy'));
    await virtual('delete', 'pod', 'admitted');
    await host('delete', 'mutatingadmissionpolicies,mutatingadmissionpolicybindings', 'inject');
  });

  it('tells the tenant in an event when the host refuses a pod', async () => {
    await host('create', 'quota', 'tight', '--hard=pods=0');
    await virtual('run', 'refused', '--image=nginx');
    await eventually(async () => {
      const events = await virtual('get', 'events', '--field-selector=involvedObject.name=refused,type=Warning');
      expect(events).toMatch(/exceeded quota: tight/);
    });
    await host('delete', 'quota', 'tight');
    await virtual('wait', '--for=condition=Ready', 'pod/refused', '--timeout=60s');
    await virtual('delete', 'pod', 'refused');
  });

  it('shows what the host says of a pod in the words of the virtual cluster', async () => {
    const requests = { cpu: '100k' };
    const containers = [{ name: 'main', image: 'nginx', resources: { requests } }];
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'huge' }, spec: { containers } });
    await virtual('run', 'small', '--image=nginx');
    const described = async (pod: string) => (await virtual('describe', 'pod', pod)).split('Events:')[1];
    await eventually(async () => expect(await described('huge')).toMatch(/FailedScheduling.+Insufficient cpu/));
    await eventually(async () =>
      expect(await described('small')).toMatch(
        /Normal +Scheduled .+default-scheduler +Successfully assigned default\/small to \S+/,
      ),
    );
    await virtual('delete', 'pod', 'huge', 'small');
  });

  it('keeps what a tenant puts on a node, until the node is as the host says again', async () => {
    const [node = ''] = (await virtual('get', 'nodes', '-o', 'name')).split('\n');
    const labels = async () => await virtual('get', node, '-o', 'jsonpath={.metadata.labels}');
    await host('label', node, 'zone=a');
    await virtual('label', node, 'color=blue');
    await eventually(async () => expect(JSON.parse(await labels())).toMatchObject({ zone: 'a', color: 'blue' }));
    await virtual('delete', node);
    await eventually(async () => expect(JSON.parse(await labels())).toMatchObject({ zone: 'a' }));
    await virtual('label', node, 'color=green');
    await host('label', node, 'zone-');
    await eventually(async () => expect(await labels()).not.toContain('zone'));
    expect(await labels()).toContain('green');
    await virtual('label', node, 'color-');
  });

  it('runs a DaemonSet on every node of the host, and rolls it out anew', async () => {
    const containers = [{ name: 'main', image: 'nginx' }];
    const labels = { app: 'agent' };
    await apply({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    });
    await virtual('rollout', 'status', 'daemonset/agent', '--timeout=90s');
    const nodes = (await host('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ').toSorted();
    const places = async (kubectl: Kubectl, ...select: string[]) =>
      (await kubectl('get', 'pods', ...select, '-o', 'jsonpath={.items[*].spec.nodeName}')).split(' ').toSorted();
    expect(await places(virtual, '-l', 'app=agent')).toEqual(nodes);
    expect(await places(host, '-l', 'v.k3v.io/app=agent')).toEqual(nodes);
    await virtual('set', 'image', 'daemonset/agent', 'main=nginx:2');
    await virtual('rollout', 'status', 'daemonset/agent', '--timeout=90s');
    await eventually(async () => expect(await places(host, '-l', 'v.k3v.io/app=agent')).toEqual(nodes));
    await virtual('delete', 'daemonset', 'agent', '--wait');
    await eventually(async () => expect(await podsOn(host, ...ours)).toHaveLength(0));
  });

  it('places pods by what the tenant puts on nodes: a cordon, a label, a drain', async () => {
    const names = (await virtual('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
    const [first = '', ...others] = names;
    const places = async (app: string) =>
      (await virtual('get', 'pods', '-l', `app=${app}`, '-o', 'jsonpath={.items[*].spec.nodeName}')).split(' ');
    await virtual('cordon', ...others);
    await virtual('create', 'deployment', 'kept', '--image=nginx', '--replicas=4');
    await virtual('rollout', 'status', 'deployment/kept', '--timeout=60s');
    expect(new Set(await places('kept'))).toEqual(new Set([first]));
    await virtual('uncordon', ...others);
    await virtual('drain', first, '--timeout=60s');
    await virtual('rollout', 'status', 'deployment/kept', '--timeout=60s');
    await eventually(async () => expect(await places('kept')).toHaveLength(4));
    expect(await places('kept')).not.toContain(first);
    await virtual('uncordon', first);
    // Unlike a cordon, this taint ends what runs.
    const [left = ''] = await places('kept');
    await virtual('taint', 'node', left, 'example.com/away:NoExecute');
    await eventually(async () => expect(await places('kept')).not.toContain(left));
    await virtual('rollout', 'status', 'deployment/kept', '--timeout=60s');
    await virtual('taint', 'node', left, 'example.com/away-');
    await virtual('delete', 'deployment', 'kept');

    const [last = ''] = others;
    const containers = [{ name: 'main', image: 'nginx' }];
    const metadata = { name: 'blue', labels: { app: 'blue' } };
    // It waits on the host for a node with a label that no node has, and is placed when the tenant gives it to one.
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers, nodeSelector: { color: 'blue' } } });
    await eventually(async () =>
      expect(await virtual('describe', 'pod', 'blue')).toMatch(/FailedScheduling.+didn't match Pod's node affinity/),
    );
    // Its host pod is made anew for that. Even one that takes its time to go must not take the tenant's pod with it.
    const uid = await virtual('get', 'pod', 'blue', '-o', 'jsonpath={.metadata.uid}');
    const waiting = await host('get', 'pods', '-l', 'v.k3v.io/app=blue', '-o', 'name');
    const finalizers = (held: string[] | null) => ['-p', JSON.stringify({ metadata: { finalizers: held } })];
    await host('patch', waiting, ...finalizers(['example.com/hold']));
    await virtual('label', 'node', last, 'color=blue');
    const isGoing = ['-o', 'jsonpath={.metadata.deletionTimestamp}'];
    await eventually(async () => expect(await host('get', waiting, ...isGoing)).not.toBe(''));
    await delay(1_000);
    await host('patch', waiting, ...finalizers(null));
    await virtual('wait', '--for=condition=Ready', 'pod/blue', '--timeout=60s');
    expect(await virtual('get', 'pod', 'blue', '-o', 'jsonpath={.metadata.uid}')).toBe(uid);
    expect(await places('blue')).toEqual([last]);
    await virtual('delete', 'pod', 'blue');
    await virtual('label', 'node', last, 'color-');
  });

  it('runs pods of a scheduler of the tenant where that binds them, and others where the tenant names a node', async () => {
    const [node = ''] = (await virtual('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}'))
      .split(' ')
      .toReversed();
    const containers = [{ name: 'main', image: 'nginx' }];
    const pod = (name: string, spec: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { containers, ...spec },
    });
    await apply(pod('own', { schedulerName: 'mine' }), pod('named', { nodeName: node }));
    await virtual('wait', '--for=condition=Ready', 'pod/named', '--timeout=60s');
    expect(await podsOn(host, '-l', 'k3v.io/cluster=default')).toHaveLength(1);
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'own' },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    };
    await writeFile(join(folder, 'binding.json'), JSON.stringify(binding));
    const path = '/api/v1/namespaces/default/pods/own/binding';
    await virtual('create', '--raw', path, '-f', join(folder, 'binding.json'));
    await virtual('wait', '--for=condition=Ready', 'pod/own', '--timeout=60s');
    const places = await host('get', 'pods', ...ours, '-o', 'jsonpath={.items[*].spec.nodeName}');
    expect(places).toBe(`${node} ${node}`);
    await virtual('delete', 'pod', 'own', 'named');
    await eventually(async () => expect(await podsOn(host, ...ours)).toHaveLength(0));
  });

  it('converges after kill -9 in mid-rollout with nothing lost or doubled', async () => {
    await virtual('create', 'deployment', 'crash', '--image=nginx', '--replicas=10');
    await k3v.end('SIGKILL');
    k3v = await startK3v(folder, args);
    await virtual('rollout', 'status', 'deployment/crash', '--timeout=90s');
    expect(await podsOn(host, ...ours)).toHaveLength(10);
    expect(await podsOn(virtual)).toHaveLength(10);
    await virtual('delete', 'deployment', 'crash');
    await eventually(async () => expect(await podsOn(host, ...ours)).toHaveLength(0));
  });

  it('reports itself with k3v status', async () => {
    const { stdout, exitCode } = await runK3v(folder, ['status', '-o', 'json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ distro: 'kubernetes', synced: true, forbidden: [], id: 'default' });
  });

  it('refuses a second k3v on the same data directory', async () => {
    const { stderr, exitCode } = await runK3v(folder, args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('DATA_DIR_LOCKED');
    expect(await virtual('get', '--raw', '/readyz')).toBe('ok');
    expect(await host('get', '--raw', '/readyz')).toBe('ok');
  });

  it('stops on SIGINT with exit code 0 and leaves the pods on the host running', async () => {
    await virtual('run', 'stays', '--image=nginx');
    await virtual('wait', '--for=condition=Ready', 'pod/stays', '--timeout=60s');
    expect(await k3v.end('SIGINT')).toBe(0);
    k3v = await startK3v(folder, args);
    expect(await podsOn(host, ...ours)).toHaveLength(1);
    expect(await podsOn(virtual)).toHaveLength(1);
  });

  it('with --nodes used has the nodes that run its pods, before they are bound; a DaemonSet goes where they are', async () => {
    await virtual('delete', 'pod', '--all');
    await k3v.end('SIGTERM');
    k3v = await startK3v(folder, [...args, '--nodes', 'used']);
    const nodes = async () => (await virtual('get', 'nodes', '-o', 'name')).split('\n').filter(Boolean);
    await eventually(async () => expect(await nodes()).toEqual([]));
    const labels = { app: 'agent' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'nginx' }] } };
    await apply({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent' },
      spec: { selector: { matchLabels: labels }, template },
    });
    await virtual('run', 'one', '--image=nginx');
    await virtual('wait', '--for=condition=Ready', 'pod/one', '--timeout=60s');
    const at = 'jsonpath={.items[*].spec.nodeName}';
    const place = await virtual('get', 'pods', '-l', 'run=one', '-o', at);
    await virtual('rollout', 'status', 'daemonset/agent', '--timeout=60s');
    expect(await nodes()).toEqual([`node/${place}`]);
    expect(await virtual('get', 'node', place, '-o', 'jsonpath={.status.capacity.cpu}')).toBe('32');
    expect(await virtual('get', 'pods', '-l', 'app=agent', '-o', at)).toBe(place);
    await virtual('delete', 'pod', 'one');
    await eventually(async () => expect(await nodes()).toEqual([]));
    await virtual('delete', 'daemonset', 'agent');
  });
});
