import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthority } from '../../src/control-plane/certificates.ts';
import { images } from '../host/images.ts';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { eventually } from '../support/eventually.ts';
import { type PodHistory, odditiesOf, recordPods } from '../support/pod-history.ts';
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
  let history: PodHistory;
  const watching = new AbortController();

  beforeAll(async () => {
    cluster = await startVirtualCluster(startHost, { port: 27_491, extras: ['nodes'] });
    ({ virtual, host } = cluster);
    await host('create', 'namespace', 'bare');
    history = await recordPods(cluster.k3v().kubeconfig, watching.signal);
  });

  afterAll(async () => {
    watching.abort();
    await cluster?.stop();
  });

  /** Creates `items`, the last of them a pod, in a namespace of the host and in the virtual cluster; returns what the pod said in each. */
  async function saidInBoth(...items: { metadata: { name: string } }[]): Promise<{ bare: string; virtual: string }> {
    const bare: Kubectl = async (...args) => await host(...args, '--namespace', 'bare');
    const file = join(cluster.folder, 'both.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const pod = items.at(-1)?.metadata.name ?? '';
    const run = async (kubectl: Kubectl) => {
      await eventually(async () => await kubectl('get', 'serviceaccount', 'default'), patience);
      await kubectl('create', '-f', file);
      await kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', `pod/${pod}`, waitFlag);
      const said = await kubectl('logs', pod);
      await kubectl('delete', '-f', file);
      return said;
    };
    return { bare: await run(bare), virtual: await run(virtual) };
  }

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

  it('leave a node that the tenant drains, and stay away from it while it is cordoned; a DaemonSet stays', async () => {
    const [node = '', other] = words(await host('get', 'nodes', ...at('.items[*].metadata.name')));
    const labels = { app: 'agent' };
    const template = { metadata: { labels }, spec: sleeping };
    await cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent' },
      spec: { selector: { matchLabels: labels }, template },
    });
    const movers = { metadata: { labels: { app: 'mover' } }, spec: sleeping };
    await cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'mover' },
      spec: { replicas: 4, selector: { matchLabels: { app: 'mover' } }, template: movers },
    });
    for (const each of ['daemonset/agent', 'deployment/mover']) await virtual('rollout', 'status', each, waitFlag);
    await virtual('drain', node, '--ignore-daemonsets', '--timeout=60s');
    await virtual('rollout', 'status', 'deployment/mover', waitFlag);
    const places = async (app: string) =>
      words(
        await virtual(
          'get',
          'pods',
          '-l',
          `app=${app}`,
          '--field-selector=status.phase=Running',
          ...at('.items[*].spec.nodeName'),
        ),
      );
    await eventually(async () => expect(await places('mover')).toEqual([other, other, other, other]), patience);
    expect(await places('agent')).toEqual([node, other]);
    expect(await virtual('get', 'node', node)).toMatch(/Ready,SchedulingDisabled/);
    expect(await host('get', 'node', node)).not.toMatch(/SchedulingDisabled/);
    await virtual('uncordon', node);
    await virtual('delete', 'daemonset/agent', 'deployment/mover');
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
    const said = await saidInBoth(settings, pod);
    expect(said.virtual).toBe(said.bare);
    expect(said.bare).toContain('BEFORE=443 $(X) $(KUBERNETES_SERVICE_PORT) $(NONE)');
  });

  it('give its containers the files, limits, hosts and variables from files of a bare cluster', async () => {
    const labelled = { fieldRef: { fieldPath: "metadata.labels['app']" } };
    const limit = (resource: string, divisor: string) => ({ containerName: 'main', resource, divisor });
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'files' }, data: { a: 'x', b: 'y' } };
    const word = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'word' }, stringData: { WORD: 'open' } };
    const sources = [
      { configMap: { name: 'files', items: [{ key: 'a', path: 'deep/er/a', mode: 0o400 }] } },
      { configMap: { name: 'absent', optional: true } },
      { secret: { name: 'word' } },
      {
        downwardAPI: {
          items: [
            { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
            { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' }, mode: 0o600 },
            { path: 'annotations', fieldRef: { fieldPath: 'metadata.annotations' } },
            { path: 'cpu', resourceFieldRef: limit('limits.cpu', '1m') },
          ],
        },
      },
    ];
    const volumes = [
      { name: 'all', projected: { defaultMode: 0o440, sources } },
      { name: 'settings', configMap: { name: 'files', defaultMode: 0o640 } },
      { name: 'word', secret: { secretName: 'word', items: [{ key: 'WORD', path: 'w' }] } },
      { name: 'info', downwardAPI: { items: [{ path: 'app', ...labelled }] } },
      { name: 'scratch', emptyDir: { medium: 'Memory' } },
    ];
    const sidecar = { ...busybox, name: 'sidecar', restartPolicy: 'Always', command: ['sleep', '999'] };
    const writes = `printf "KEY='a b'\\n" > /scratch/env`;
    const scratch = { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] };
    const script = [
      "cd /files; find -L . -type f ! -path '*/..*' | sort | while read f; do stat -L -c '%n %a %u' $f; cat $f; echo; done",
      "env | grep -E '^(FROM|P_|CPU|MEMORY)' | sort",
      // Not what has the word in a script, as the shell of this one does while it starts programs.
      "hostname; grep alias /etc/hosts; ps -o args | grep -c '^sleep 999$'",
    ];
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'files', labels: { app: 'x', 'a.b/c': '' }, annotations: { price: '$(HOME) 5$$ "é"\n' } },
      spec: {
        restartPolicy: 'Never',
        shareProcessNamespace: true,
        terminationGracePeriodSeconds: 0,
        hostname: 'me',
        hostAliases: [{ ip: '192.0.2.1', hostnames: ['alias'] }],
        volumes,
        initContainers: [{ ...busybox, name: 'writer', command: ['sh', '-c', writes], ...scratch }, sidecar],
        containers: [
          {
            ...busybox,
            name: 'main',
            command: ['sh', '-c', script.join('; ')],
            resources: { limits: { cpu: '250m', memory: '64Mi' } },
            envFrom: [{ prefix: 'P_', secretRef: { name: 'word' } }],
            env: [
              { name: 'FROM', valueFrom: { fileKeyRef: { volumeName: 'scratch', path: 'env', key: 'KEY' } } },
              { name: 'CPU', valueFrom: { resourceFieldRef: limit('limits.cpu', '1m') } },
              { name: 'MEMORY', valueFrom: { resourceFieldRef: limit('requests.memory', '1Ki') } },
            ],
            volumeMounts: ['all', 'settings', 'word', 'info'].map((name) => ({ name, mountPath: `/files/${name}` })),
          },
        ],
      },
    };
    const said = await saidInBoth(settings, word, pod);
    // A kubelet adds where it has the pod from, and when it saw it.
    const ownWords = /^kubernetes\.io\/config\..*\n/gm;
    expect(said.virtual.replace(ownWords, '')).toBe(said.bare.replace(ownWords, ''));
    expect(said.bare.split('\n')).toEqual(
      expect.arrayContaining(['./all/deep/er/a 400 0', 'FROM=a b', 'P_WORD=open', 'CPU=250', 'MEMORY=65536', 'me']),
    );
  });

  it('may change while it runs: labels, images, tolerations and the deadline', async () => {
    const items = ['labels', 'annotations'].map((path) => ({ path, fieldRef: { fieldPath: `metadata.${path}` } }));
    const mount = { volumeMounts: [{ name: 'info', mountPath: '/info' }] };
    const containers = [{ name: 'main', command: ['sleep', '999'], ...busybox, ...mount }];
    const volumes = [{ name: 'info', downwardAPI: { items } }];
    const spec = { ...sleeping, containers, volumes };
    await cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'alive', labels: { round: '1' } }, spec });
    await virtual('wait', '--for=condition=Ready', 'pod/alive', waitFlag);
    await virtual('label', 'pod', 'alive', 'round=2', '--overwrite');
    await virtual('annotate', 'pod', 'alive', 'note=new');
    // A kubelet looks at files of a pod about once in a minute.
    await eventually(
      async () => {
        const files = await virtual('exec', 'alive', '--', 'cat', '/info/labels', '/info/annotations');
        expect(files).toContain('round="2"');
        expect(files).toContain('note="new"');
      },
      { timeoutMs: 180_000, everyMs: 1_000 },
    );
    await virtual('set', 'image', 'pod/alive', `main=${images.kubectl}`);
    const status = '.status.containerStatuses[0]';
    await eventually(async () => {
      const seen = await virtual('get', 'pod', 'alive', ...at(`${status}.image} {${status}.restartCount`));
      expect(seen).toBe(`${images.kubectl} 1`);
    }, patience);
    const toleration = { key: 'example.com/later', operator: 'Exists', effect: 'NoExecute' };
    const patch = { spec: { tolerations: [toleration] } };
    await virtual('patch', 'pod', 'alive', '-p', JSON.stringify(patch));
    const onHost = cluster.translator.hostName('Pod', 'default', 'alive');
    const keys = async () => words(await host('get', 'pod', onHost, ...at('.spec.tolerations[*].key')));
    await eventually(async () => expect(await keys()).toContain('example.com/later'), patience);
    expect(await keys()).toContain('node.kubernetes.io/not-ready');
    await virtual('patch', 'pod', 'alive', '-p', '{"spec":{"activeDeadlineSeconds":1}}');
    await virtual('wait', '--for=jsonpath={.status.reason}=DeadlineExceeded', 'pod/alive', waitFlag);
    expect(await virtual('get', 'pod', 'alive', ...at('.status.phase'))).toBe('Failed');
    await virtual('delete', 'pod', 'alive');
  });

  it('give it the trust bundles of the virtual cluster, as they change', async () => {
    const [first, second] = await Promise.all(['first', 'second'].map(async (name) => await createAuthority(name)));
    const bundle = (trustBundle = '') => ({
      apiVersion: 'certificates.k8s.io/v1beta1',
      kind: 'ClusterTrustBundle',
      metadata: { name: 'corp' },
      spec: { trustBundle },
    });
    const sources = [
      { clusterTrustBundle: { name: 'corp', path: 'corp.pem' } },
      { clusterTrustBundle: { name: 'absent', path: 'absent.pem', optional: true } },
      {
        clusterTrustBundle: {
          signerName: 'kubernetes.io/kube-apiserver-serving',
          labelSelector: {},
          path: 'server.pem',
        },
      },
    ];
    const mount = { volumeMounts: [{ name: 'trust', mountPath: '/trust' }] };
    const containers = [{ name: 'main', command: ['sleep', '999'], ...busybox, ...mount }];
    const spec = { ...sleeping, containers, volumes: [{ name: 'trust', projected: { sources } }] };
    await cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'trusting' }, spec });
    const events = async () =>
      await virtual('get', 'events', '--field-selector=involvedObject.name=trusting,reason=FailedMount', '-o', 'yaml');
    await eventually(async () => expect(await events()).toContain('"corp" not found'), patience);
    await cluster.apply(bundle(first?.certPem));
    await virtual('wait', '--for=condition=Ready', 'pod/trusting', waitFlag);
    const file = async (name: string) => await virtual('exec', 'trusting', '--', 'cat', `/trust/${name}.pem`);
    expect(await file('corp')).toBe(first?.certPem.trim());
    expect(await file('absent')).toBe('');
    const root = await virtual('get', 'configmap', 'kube-root-ca.crt', ...at('.data.ca\\.crt'));
    expect(await file('server')).toBe(root.trim());
    await cluster.apply(bundle(second?.certPem));
    await eventually(async () => expect(await file('corp')).toBe(second?.certPem.trim()), {
      timeoutMs: 180_000,
      everyMs: 1_000,
    });
    await virtual('delete', 'pod', 'trusting');
    const left = async () => await cluster.namesOnHost('configmaps');
    const name = cluster.translator.hostName('ClusterTrustBundles', 'default', 'trusting');
    await eventually(async () => expect(await left()).not.toContain(`configmap/${name}`), patience);
  });

  it('end it as slowly as it asks, or as fast as the tenant wants', async () => {
    const command = ['sh', '-c', 'trap "" TERM; while true; do sleep 1; done'];
    const containers = [{ name: 'main', command, ...busybox }];
    const stubborn = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'stubborn' },
      spec: { containers, terminationGracePeriodSeconds: 600 },
    };
    const onHost = cluster.translator.hostName('Pod', 'default', 'stubborn');
    const grace = async () => await host('get', 'pod', onHost, ...at('.metadata.deletionGracePeriodSeconds'));
    const begin = async () => {
      await cluster.apply(stubborn);
      await virtual('wait', '--for=condition=Ready', 'pod/stubborn', waitFlag);
      return await host('get', 'pod', onHost, ...at('.metadata.uid'));
    };
    const before = await begin();
    await virtual('delete', 'pod', 'stubborn', '--wait=false');
    await eventually(async () => expect(await grace()).toBe('600'), patience);
    // Passed on, though this kubelet, whose runtime waits already, ends the pod no sooner: on a bare cluster neither.
    await virtual('delete', 'pod', 'stubborn', '--grace-period=2', '--wait=false');
    await eventually(async () => expect(Number(await grace())).toBeLessThanOrEqual(2), patience);
    await virtual('delete', 'pod', 'stubborn', '--force', '--grace-period=0');
    expect(await begin()).not.toBe(before);
    await virtual('delete', 'pod', 'stubborn', '--force', '--grace-period=0');
  });

  it('evict it when it fills more of its node than it may, and tell why', async () => {
    const script = 'head -c 20000000 /dev/zero > /scratch/full; sleep 999';
    const mount = { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] };
    const containers = [{ name: 'main', command: ['sh', '-c', script], ...busybox, ...mount }];
    const volumes = [{ name: 'scratch', emptyDir: { sizeLimit: '1Mi' } }];
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'greedy' },
      spec: { ...sleeping, containers, volumes },
    });
    await virtual('wait', '--for=jsonpath={.status.reason}=Evicted', 'pod/greedy', waitFlag);
    const said = await virtual('get', 'pod', 'greedy', ...at('.status.phase} {.status.message'));
    expect(said).toContain('Failed Usage of EmptyDir volume "scratch" exceeds the limit "1Mi"');
    await virtual('delete', 'pod', 'greedy');
  });

  it('show each of these pods in steps that a tenant can follow', () => {
    const seen = history.pods();
    expect(seen.size).toBeGreaterThan(5);
    for (const [name, versions] of seen)
      expect({ name, oddities: odditiesOf(versions) }).toEqual({ name, oddities: [] });
  });
});
