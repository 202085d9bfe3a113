import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { createTranslator } from '../../src/translate/translator.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { applyWith } from '../support/apply.ts';
import { eventually } from '../support/eventually.ts';
import { type AppliedRole, applyHostRole } from '../support/host-role.ts';
import { type K3vProcess, kubectlFor, runK3v, startK3v } from '../support/k3v-process.ts';

type Kubectl = Awaited<ReturnType<typeof kubectlFor>>;

const namespace = 'team-a';
/** Two starts of a whole control plane may be in one test. */
const longMs = 400_000;
const builtIn = ['ingresses', 'networkpolicies', 'poddisruptionbudgets', 'priorityclasses', 'serviceaccounts'];
const custom = ['crd=widgets.example.com', 'crd=plans.example.com', 'volumesnapshots'];
const rules = {
  'widgets.example.com': {
    references: [
      { path: 'spec.secretName', kind: 'Secret', output: true },
      { path: 'spec.credentials.name', kind: 'Secret' },
    ],
  },
  'plans.example.com': { direction: 'toVirtual', clusterScoped: true },
};
const translator = createTranslator({ id: 'default', hostNamespace: namespace });
const hostName = (kind: string, within: string, name: string) => translator.hostName(kind, within, name);
const secretOnHost = hostName('Secret', 'default', 'made');
const widgetOnHost = hostName('Widget', 'default', 'one');

/** A custom resource that keeps whatever is written; by a webhook that is not there, it is converted. */
function definition(plural: string, kind: string, scope: string, group = 'example.com'): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const version = { served: true, subresources: { status: {} }, schema };
  const clientConfig = { service: { namespace: 'default', name: 'converter', path: '/' } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/enhancements/pull/1111' },
    },
    spec: {
      group,
      scope,
      names: { plural, kind, singular: kind.toLowerCase() },
      versions: [
        { name: 'v1', storage: true, ...version },
        { name: 'v1beta1', storage: false, ...version },
      ],
      conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig } },
    },
  };
}

let folder: string;
let embedded: EmbeddedHost;
let k3v: K3vProcess | undefined;
let host: Kubectl;
let virtual: Kubectl;
let args: string[];
const withSync = (kinds: string[]) => [...args, ...kinds.flatMap((kind) => ['--sync', kind])];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-kinds-'));
  const environment = { dataDir: join(folder, 'host'), cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  embedded = await startEmbeddedHost(environment, new AbortController().signal);
  const admin = await kubectlFor(embedded.kubeconfigPath);
  host = async (...more) => await admin('-n', namespace, ...more);
  await host('create', 'namespace', namespace);
  await writeFile(join(folder, 'rules.yaml'), stringify(rules));
  const { kubeconfig } = await grant([]);
  args = ['--kubeconfig', kubeconfig, '--listen-port', '27941', '--disable', 'coredns', '--sync-rules', 'rules.yaml'];
});

afterAll(async () => {
  await k3v?.end('SIGTERM');
  await embedded?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Lets k3v do on the host what `k3v host-role` prints for `kinds`. */
async function grant(kinds: string[]): Promise<AppliedRole> {
  const flags = ['--sync-rules', 'rules.yaml'];
  return await applyHostRole({ hostKubeconfig: embedded.kubeconfigPath, namespace, folder, extras: kinds, flags });
}

async function start(kinds: string[]): Promise<void> {
  k3v = await startK3v(folder, withSync(kinds));
  virtual = await kubectlFor(k3v.kubeconfig);
}

const apply = async (...items: object[]) => await applyWith(virtual, folder, items);
const applyOnHost = async (...items: object[]) => await applyWith(host, folder, items);
const field = async (kubectl: Kubectl, path: string, ...object: string[]) =>
  await kubectl('get', ...object, '-o', `jsonpath={${path}}`);

describe('a kind that --sync names', () => {
  it.each([
    ['crd=widgets.example.com', '--sync crd=widgets.example.com: the host does not serve widgets.example.com'],
    ['ingresses', 'the host credentials may not, in namespace \\"team-a\\": get ingresses, list ingresses'],
    ['ingreses', '--sync is \\"ingreses\\"'],
  ])('and cannot be had stops k3v before anything is started: %s', async (kind, message) => {
    const { exitCode, stderr } = await runK3v(folder, withSync([kind]));
    expect(stderr).toContain(message);
    expect(exitCode).toBe(1);
  });

  it('is had with the rights that host-role prints, also a custom resource, which the virtual cluster is taught', async () => {
    await applyOnHost(
      definition('widgets', 'Widget', 'Namespaced'),
      definition('plans', 'Plan', 'Cluster'),
      definition('volumesnapshots', 'VolumeSnapshot', 'Namespaced', 'snapshot.storage.k8s.io'),
    );
    await host('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
    await grant([...builtIn, ...custom, 'ingressclasses', 'customresourcedefinitions']);
    await start([...builtIn, ...custom]);
    const versions = await virtual(
      'get',
      'crd',
      '-o',
      'jsonpath={range .items[*]}{.spec.conversion.strategy} {.spec.versions[*].name}{"\\n"}{end}',
    );
    expect(versions.split('\n').filter(Boolean)).toEqual(['None v1', 'None v1', 'None v1']);
  });

  it('brings an Ingress to the host with its secret, and its address back', async () => {
    await applyOnHost({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'public' },
      spec: { controller: 'example.com/c' },
    });
    await virtual('create', 'secret', 'generic', 'cert', '--from-literal=tls.crt=x');
    await virtual('create', 'ingress', 'web', '--class=public', '--rule=a.example/*=api:80,tls=cert');
    const onHost = hostName('Ingress', 'default', 'web');
    await eventually(async () =>
      expect(await field(host, '.data.tls\\.crt', 'secret', hostName('Secret', 'default', 'cert'))).toBe('eA=='),
    );
    const backend = '.spec.rules[0].http.paths[0].backend.service.name';
    expect(await field(host, `${backend}} {.spec.tls[0].secretName} {.spec.ingressClassName`, 'ingress', onHost)).toBe(
      `${hostName('Service', 'default', 'api')} ${hostName('Secret', 'default', 'cert')} public`,
    );
    const status = '{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.7"}]}}}';
    await host('patch', 'ingress', onHost, '--subresource=status', '--type=merge', '-p', status);
    await eventually(async () => {
      expect(await field(virtual, '.status.loadBalancer.ingress[0].ip', 'ingress', 'web')).toBe('192.0.2.7');
      expect(await virtual('get', 'ingressclass', '-o', 'name')).toBe('ingressclass.networking.k8s.io/public');
    });
  });

  it('brings a NetworkPolicy to the host, and again when labels of namespaces change what it means', async () => {
    await virtual('create', 'namespace', 'blue');
    await apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'web' },
      spec: { podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'blue' } } }] }] },
    });
    const onHost = hostName('NetworkPolicy', 'default', 'web');
    const selected = async () =>
      await field(host, '.spec.ingress[0].from[0].podSelector.matchExpressions[0].values', 'netpol', onHost);
    await eventually(async () => expect(await selected()).toBe('[""]'));
    await virtual('label', 'namespace', 'blue', 'team=blue');
    await eventually(async () => expect(await selected()).toBe('["blue"]'));
    await virtual('label', 'namespace', 'blue', 'team-');
    await eventually(async () => expect(await selected()).toBe('[""]'));
  });

  it('has evictions on both sides heed a PodDisruptionBudget of a share, as the virtual cluster has worked it out', async () => {
    await virtual('create', 'deployment', 'web', '--image=nginx', '--replicas=4');
    await virtual('create', 'pdb', 'web', '--selector=app=web', '--min-available=75%');
    await virtual('rollout', 'status', 'deployment/web', '--timeout=60s');
    const onHost = hostName('PodDisruptionBudget', 'default', 'web');
    const state = '.status.expectedPods} {.status.desiredHealthy} {.status.currentHealthy} {.status.disruptionsAllowed';
    await eventually(async () => {
      expect(await field(virtual, state, 'pdb', 'web')).toBe('4 3 4 1');
      expect(await field(host, state, 'pdb', onHost)).toBe('4 3 4 1');
    });
    await virtual('scale', 'deployment/web', '--replicas=2');
    await eventually(async () => {
      expect(await field(virtual, state, 'pdb', 'web')).toBe('2 2 2 0');
      expect(await field(host, state, 'pdb', onHost)).toBe('2 2 2 0');
    });
    const [pod = ''] = (await virtual('get', 'pods', '-l', 'app=web', '-o', 'name')).split('\n');
    const name = pod.replace('pod/', '');
    const refused = /Cannot evict pod as it would violate the pod's disruption budget/;
    await expect(evict(virtual, 'default', name)).rejects.toThrow(refused);
    await expect(evict(host, namespace, hostName('Pod', 'default', name))).rejects.toThrow(refused);
    await virtual('scale', 'deployment/web', '--replicas=4');
    await eventually(async () => expect(await field(host, state, 'pdb', onHost)).toBe('4 3 4 1'));
    await evict(host, namespace, hostName('Pod', 'default', name));
    await eventually(async () => {
      const names = await virtual('get', 'pods', '-l', 'app=web', '-o', 'name');
      expect(names.split('\n').filter(Boolean)).toHaveLength(4);
      expect(names).not.toContain(name);
    });
    await virtual('delete', 'pdb', 'web');
    await virtual('delete', 'deployment', 'web');
    await eventually(async () => expect(await host('get', 'pdb', '-o', 'name')).toBe(''));
  });

  it('runs a pod as its service account and with its priority, and without a token of the host', async () => {
    await virtual('create', 'priorityclass', 'high', '--value=1000', '--description=d');
    await virtual('create', 'serviceaccount', 'robot');
    await virtual('annotate', 'serviceaccount', 'robot', 'cloud/role=x');
    const containers = [{ name: 'main', image: 'nginx' }];
    const spec = { containers, serviceAccountName: 'robot', priorityClassName: 'high' };
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'urgent' }, spec });
    await virtual('wait', '--for=condition=Ready', 'pod/urgent', '--timeout=60s');
    const account = hostName('ServiceAccount', 'default', 'robot');
    const standing = '.spec.serviceAccountName} {.spec.priority} {.spec.automountServiceAccountToken';
    const onHost = hostName('Pod', 'default', 'urgent');
    expect(await field(host, standing, 'pod', onHost)).toBe(`${account} 1000 false`);
    expect(await field(host, '.spec.volumes[*].projected.sources[*].serviceAccountToken', 'pod', onHost)).toBe('');
    expect(await field(host, '.metadata.annotations.cloud/role', 'serviceaccount', account)).toBe('x');
    await virtual('delete', 'pod', 'urgent');
  });

  it('brings a custom resource to the host, and back what a controller there makes of it', async () => {
    await virtual('create', 'secret', 'generic', 'login', '--from-literal=password=x');
    await apply({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'one' },
      spec: { secretName: 'made', credentials: { name: 'login' } },
    });
    const names = '.spec.secretName} {.spec.credentials.name';
    await eventually(async () =>
      expect(await field(host, names, 'widget', widgetOnHost)).toBe(
        `${secretOnHost} ${hostName('Secret', 'default', 'login')}`,
      ),
    );
    await eventually(async () => await host('get', 'secret', hostName('Secret', 'default', 'login')));
    await host('create', 'secret', 'generic', secretOnHost, '--from-literal=key=1');
    const status = JSON.stringify({ status: { phase: 'Made', message: `wrote ${secretOnHost}` } });
    await host('patch', 'widget', widgetOnHost, '--subresource=status', '--type=merge', '-p', status);
    await eventually(async () => {
      expect(await field(virtual, '.status.phase} {.status.message', 'widget', 'one')).toBe('Made wrote made');
      expect(await field(virtual, '.data.key', 'secret', 'made')).toBe('MQ==');
    });
    await host('patch', 'secret', secretOnHost, '-p', '{"stringData":{"key":"2"}}');
    await eventually(async () => expect(await field(virtual, '.data.key', 'secret', 'made')).toBe('Mg=='));
    const containers = [{ name: 'main', image: 'nginx', envFrom: [{ secretRef: { name: 'made' } }] }];
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'user' }, spec: { containers } });
    await virtual('wait', '--for=condition=Ready', 'pod/user', '--timeout=60s');
    const reads = await field(
      host,
      '.spec.containers[0].envFrom[0].secretRef.name',
      'pod',
      hostName('Pod', 'default', 'user'),
    );
    expect(reads).toBe(secretOnHost);
    expect(await field(host, '.data.key', 'secret', secretOnHost)).toBe('Mg==');
  });

  it('shows custom resources of the host, and gives a snapshot the name of its claim there', async () => {
    await applyOnHost({ apiVersion: 'example.com/v1', kind: 'Plan', metadata: { name: 'gold' }, spec: { size: 3 } });
    await eventually(async () => expect(await field(virtual, '.spec.size', 'plan', 'gold')).toBe('3'));
    await virtual('patch', 'plan', 'gold', '--type=merge', '-p', '{"spec":{"size":9}}');
    await eventually(async () => expect(await field(virtual, '.spec.size', 'plan', 'gold')).toBe('3'));
    const source = { persistentVolumeClaimName: 'data' };
    await apply({
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshot',
      metadata: { name: 'before' },
      spec: { source },
    });
    const onHost = hostName('VolumeSnapshot', 'default', 'before');
    await eventually(async () =>
      expect(await field(host, '.spec.source.persistentVolumeClaimName', 'volumesnapshot', onHost)).toBe(
        hostName('PersistentVolumeClaim', 'default', 'data'),
      ),
    );
  });

  it(
    'is written nothing of at a restart',
    async () => {
      const kinds = 'ingresses,netpol,serviceaccounts,priorityclasses,widgets,volumesnapshots,secrets';
      const versions = async (kubectl: Kubectl) =>
        await kubectl(
          'get',
          kinds,
          '-o',
          'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
        );
      const before = [await versions(host), await versions(virtual)];
      await k3v?.end('SIGINT');
      await start([...builtIn, ...custom]);
      expect(await versions(host)).toBe(before[0]);
      expect(await versions(virtual)).toBe(before[1]);
    },
    longMs,
  );

  it(
    'and then no more loses what it has on the host, and nothing of the tenant',
    async () => {
      await k3v?.end('SIGINT');
      await start(['priorityclasses']);
      const marked = ['-l', 'k3v.io/managed=true', '-o', 'name'];
      // It is up before it has looked for them.
      await eventually(async () =>
        expect(await host('get', 'ingresses,netpol,serviceaccounts,widgets,volumesnapshots', ...marked)).toBe(''),
      );
      expect(await host('get', 'priorityclasses', ...marked)).toBe(
        `priorityclass.scheduling.k8s.io/${hostName('PriorityClass', '', 'high')}`,
      );
      const tenants = await virtual(
        'get',
        'ingress/web',
        'netpol/web',
        'sa/robot',
        'widget/one',
        'secret/made',
        '-o',
        'name',
      );
      expect(tenants.split('\n')).toHaveLength(5);
      await eventually(async () => expect(await virtual('get', 'ingressclasses,plans', '-o', 'name')).toBe(''));
      expect(await field(virtual, '.data.key', 'secret', 'made')).toBe('Mg==');
    },
    longMs,
  );
});

async function evict(kubectl: Kubectl, within: string, name: string): Promise<void> {
  const file = join(folder, 'eviction.json');
  const metadata = { name, namespace: within };
  await writeFile(file, JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata }));
  await kubectl('create', '--raw', `/api/v1/namespaces/${within}/pods/${name}/eviction`, '-f', file);
}
