import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { images } from '../host/images.ts';
import type { TestHost } from '../host/test-host.ts';
import { applyWith } from '../support/apply.ts';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { eventually } from '../support/eventually.ts';
import { applyHostRole } from '../support/host-role.ts';
import { type K3vProcess, kubectlFor, runK3v, startK3v } from '../support/k3v-process.ts';

type Kubectl = (...args: string[]) => Promise<string>;
interface Metrics {
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  timestamp: string;
  window: string;
  containers: { name: string; usage: { cpu: string; memory: string } }[];
}

const base = '/apis/metrics.k8s.io/v1beta1';
/** Figures are there after two looks at a container, 10 s apart; an autoscaler looks every 15 s. */
const patience = { timeoutMs: 120_000, everyMs: 1_000 };

const container = (name: string, script: string, resources: object = {}) => ({
  name,
  image: images.busybox,
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', script],
  resources,
});
const endless = 'while :; do :; done';
const podSpec = (...containers: object[]) => ({ terminationGracePeriodSeconds: 0, containers });

/** A pod of two containers, one of them busy. */
const pair = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pair', namespace: 'shop', labels: { app: 'pair' } },
  spec: podSpec(container('busy', endless, { limits: { cpu: '200m' } }), container('idle', 'sleep 1000000')),
};

describeOnHosts('kubectl top', (startHost) => {
  let folder: string;
  let testHost: TestHost;
  let onHost: Kubectl;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-metrics-'));
    testHost = await startHost();
    onHost = await kubectlFor(testHost.kubeconfig);
  });

  afterAll(async () => {
    await testHost?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  describe.each([
    { source: 'the kubelets', namespace: 'by-kubelets', port: 27_693, window: '30s' },
    {
      source: 'the metrics-server of the host',
      namespace: 'by-host',
      port: 27_703,
      window: expect.stringMatching(/s$/),
    },
  ])('from $source', ({ namespace, port, window }) => {
    let k3v: K3vProcess;
    let virtual: Kubectl;

    const isFromHost = namespace === 'by-host';
    const apply = async (...items: object[]) => await applyWith(virtual, folder, items);
    const raw = async (path: string) => JSON.parse(await virtual('get', '--raw', base + path)) as { items: Metrics[] };
    const top = async (...args: string[]) =>
      (await virtual('top', ...args, '--no-headers')).split('\n').map((line) => line.trim().split(/\s+/));

    beforeAll(async () => {
      const own = join(folder, namespace);
      await mkdir(own);
      await onHost('create', 'namespace', namespace);
      // Others' pods in the same namespace are no business of the tenant.
      const stranger = ['run', 'stranger', `--image=${images.busybox}`, '--image-pull-policy=IfNotPresent'];
      await onHost('-n', namespace, ...stranger, '--', 'sleep', '1000000');
      if (isFromHost) {
        await onHost('apply', '-f', join(import.meta.dirname, '../host/metrics-server.yaml'));
        await onHost('-n', 'kube-system', 'rollout', 'status', 'deployment/metrics-server', '--timeout=120s');
      }
      const extras = ['nodes', isFromHost ? 'metrics' : 'nodes/proxy'];
      const role = { hostKubeconfig: testHost.kubeconfig, namespace, folder: own, extras };
      const { kubeconfig } = await applyHostRole(role);
      const args = ['--kubeconfig', kubeconfig, '--namespace', namespace, '--listen-port', String(port)];
      k3v = await startK3v(own, [...args, '--disable', 'coredns']);
      virtual = await kubectlFor(k3v.kubeconfig);
      await virtual('create', 'namespace', 'shop');
      await apply(pair);
      await virtual('-n', 'shop', 'wait', '--for=condition=Ready', 'pod/pair', '--timeout=120s');
    });

    afterAll(async () => {
      await k3v?.end('SIGTERM');
    });

    it('shows the pods of the virtual cluster, in its names', async () => {
      const rows = await eventually(async () => {
        const found = await top('pods', '-A');
        expect(found).toEqual([['shop', 'pair', expect.stringMatching(/^\d+m$/), expect.stringMatching(/^\d+Mi$/)]]);
        return found;
      }, patience);
      expect(Number.parseInt(rows[0]?.[2] ?? '')).toBeGreaterThan(20);
    });

    it('shows their containers', async () => {
      const rows = await top('pods', '-n', 'shop', '--containers');
      expect(rows).toHaveLength(2);
      const cpu = Object.fromEntries(rows.map(([, container, usage]) => [container, Number.parseInt(usage ?? '')]));
      expect(cpu['busy']).toBeGreaterThan(20);
      expect(cpu['idle']).toBeLessThan(5);
    });

    it('shows the nodes, as on the host', async () => {
      const rows = await eventually(async () => {
        const found = await top('nodes');
        expect(found.map(([name]) => name)).toEqual(['node1', 'node2']);
        return found;
      }, patience);
      for (const [, cpu, cpuShare, memory, memoryShare] of rows) {
        expect(cpu).toMatch(/^\d+m$/);
        expect(cpuShare).toMatch(/^\d+%$/);
        expect(memory).toMatch(/^\d+Mi$/);
        expect(memoryShare).toMatch(/^\d+%$/);
      }
    });

    it('answers requests as metrics-server does', async () => {
      expect(await raw('/pods')).toMatchObject({
        kind: 'PodMetricsList',
        items: [{ metadata: { name: 'pair', namespace: 'shop', labels: { app: 'pair' } }, window }],
      });
      expect((await raw('/namespaces/shop/pods?labelSelector=app%3Dpair')).items).toHaveLength(1);
      expect((await raw('/namespaces/shop/pods?labelSelector=app%21%3Dpair')).items).toEqual([]);
      expect((await raw('/namespaces/default/pods')).items).toEqual([]);
      expect(await raw('/namespaces/shop/pods/pair')).toMatchObject({ kind: 'PodMetrics' });
      const text = await virtual('get', '--raw', `${base}/pods`);
      expect(text).not.toMatch(/stranger|k3v\.io/);
      expect(text).not.toContain(namespace);
      const [header = '', ...rows] = (await virtual('get', 'podmetrics', '-A')).split('\n');
      expect(header.trim().split(/\s+/)).toEqual(['NAMESPACE', 'NAME', 'CPU', 'MEMORY', 'WINDOW']);
      expect(rows.map((row) => row.split(/\s+/).slice(0, 2))).toEqual([['shop', 'pair']]);
    });

    it.each([
      ['pods', '-n', 'shop', 'none'],
      ['nodes', 'none'],
    ])('says of %s that are not there what metrics-server says', async (kind, ...args) => {
      const asked = async (kubectl: Kubectl) =>
        await kubectl('get', `${kind}.metrics.k8s.io`, ...args).then(
          String,
          (error: unknown) => /Error from server.*/.exec(String(error))?.[0],
        );
      const said = await asked(virtual);
      expect(said).toMatch(/^Error from server \(NotFound\): (pods|node) "none" not found/);
      const elsewhere: Kubectl = async (...words) =>
        await onHost(...words.map((word) => (word === 'shop' ? 'default' : word)));
      expect(said).toBe(isFromHost ? await asked(elsewhere) : said);
    });

    it("is decided by the virtual cluster's RBAC first", async () => {
      const refused = virtual('top', 'pods', '-n', 'shop', '--as=viewer');
      await expect(refused).rejects.toThrow(
        'pods.metrics.k8s.io is forbidden: User "viewer" cannot list resource "pods" in API group "metrics.k8s.io"',
      );
      await virtual('-n', 'shop', 'create', 'rolebinding', 'viewer', '--clusterrole=view', '--user=viewer');
      await eventually(async () => expect(await virtual('top', 'pods', '-n', 'shop', '--as=viewer')).toContain('pair'));
      await expect(virtual('top', 'pods', '-A', '--as=viewer')).rejects.toThrow('is forbidden');
    });

    it('lets an autoscaler scale a busy Deployment', async () => {
      const labels = { app: 'busy' };
      await apply(
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'busy', namespace: 'shop' },
          spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: podSpec(container('busy', endless, { requests: { cpu: '10m' }, limits: { cpu: '100m' } })),
            },
          },
        },
        {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'busy', namespace: 'shop' },
          spec: {
            scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'busy' },
            minReplicas: 1,
            maxReplicas: 2,
            metrics: [
              { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
            ],
          },
        },
      );
      await eventually(async () => {
        const hpa: unknown = JSON.parse(await virtual('-n', 'shop', 'get', 'hpa', 'busy', '-o', 'json'));
        expect(hpa).toMatchObject({
          status: {
            desiredReplicas: 2,
            currentMetrics: [
              {
                resource: {
                  name: 'cpu',
                  current: { averageUtilization: expect.any(Number), averageValue: expect.any(String) },
                },
              },
            ],
          },
        });
      }, patience);
      await virtual('-n', 'shop', 'rollout', 'status', 'deployment/busy', '--timeout=60s');
      expect(await virtual('-n', 'shop', 'get', 'deployment', 'busy', '-o', 'jsonpath={.status.readyReplicas}')).toBe(
        '2',
      );
    });

    it('says what of it is forbidden on the host', async () => {
      const { stdout } = await runK3v(join(folder, namespace), ['status', '-o', 'json']);
      const { forbidden } = JSON.parse(stdout) as { forbidden: string[] };
      const ofMetrics = isFromHost ? ['nodes/proxy'] : ['pods.metrics.k8s.io', 'nodes.metrics.k8s.io'];
      expect(forbidden).toEqual(['events', 'storageclasses', ...ofMetrics]);
    });
  });
});
