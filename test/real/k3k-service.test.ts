import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { k3vImages } from '../host/k3v-image.ts';
import type { TestHost } from '../host/test-host.ts';
import { describeOnK3vHost } from '../support/describe-on-k3v-host.ts';
import { eventually } from '../support/eventually.ts';
import { type GuideHome, openGuideHome } from '../support/guide-home.ts';
import { anyNode } from '../support/guide-on-host.ts';
import { helmIn } from '../support/helm.ts';
import { kubectlFor, launchK3v, runK3v } from '../support/k3v-process.ts';
import type { Kubectl } from '../support/virtual-cluster.ts';

const root = join(import.meta.dirname, '../..');
const patience = { timeoutMs: 120_000, everyMs: 500 };
const namespace = 'k3k-system';
/** Of k3v that runs beside the host; shown as 7443. */
const port = '27597';

/** Makes `other.yaml` of the ServiceAccount of k3v in the namespace `other`. */
const otherKubeconfig = `TOKEN=$(kubectl create token k3v --namespace other --duration=24h)
kubectl config view --raw > draft.yaml
kubectl --kubeconfig draft.yaml config set-credentials k3v --token="$TOKEN"
kubectl --kubeconfig draft.yaml config set-context --current --user=k3v --namespace=other
kubectl --kubeconfig draft.yaml config view --minify --flatten > other.yaml
rm draft.yaml`;

/** `docker.io/library/k3v:test` as values of the chart. */
function imageValues(key: string, image: string): string[] {
  const [, registry, repository, tag] = /^([^/]+)\/(.+):([^:]+)$/.exec(image) ?? [];
  return Object.entries({ registry, repository, tag }).flatMap(([name, value]) => ['--set', `${key}.${name}=${value}`]);
}

describeOnK3vHost('virtual clusters as a service, from the chart to the last kubectl', (startHost) => {
  let guide: GuideHome;
  let testHost: TestHost;
  let host: Kubectl;
  let helm: Awaited<ReturnType<typeof helmIn>>;

  beforeAll(async () => {
    testHost = await startHost({ networkPolicies: true });
    host = await kubectlFor(testHost.kubeconfig);
    guide = await openHome();
    helm = await helmIn(guide.folder);
  });

  afterAll(async () => {
    await guide?.close();
    await testHost?.stop();
  });

  /** A home in which kubectl finds the host. */
  const openHome = async () => {
    // What a reader's machine has, and this one may not.
    const opened = await openGuideHome({ K3V_DISTRO: 'kubernetes', K3V_LISTEN_PORT: port });
    await mkdir(join(opened.home, '.kube'));
    await copyFile(testHost.kubeconfig, join(opened.home, '.kube/config'));
    return opened;
  };
  /** Plays `page` in a home of its own, in which `files` lie. */
  const play = async (
    page: string,
    { files = [], before = {} }: { files?: string[]; before?: Record<string, string> } = {},
  ) => {
    const own = await openHome();
    try {
      for (const file of files) await copyFile(join(root, file), join(own.home, basename(file)));
      return await own.play(page, { before, shownAs: [[port, '7443'], anyNode] });
    } finally {
      await own.close();
    }
  };

  const helmHere = async (...args: string[]) =>
    await helm(...args, '--namespace', namespace, '--kubeconfig', testHost.kubeconfig);

  it('the chart is installed, and its controller runs in a pod', async () => {
    await host('create', 'namespace', namespace);
    await host('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
    const values = [
      ...imageValues('controller.image', k3vImages.k3v),
      ...imageValues('etcd.image', k3vImages.etcd),
      ...[
        'controller.image.pullPolicy=Never',
        'server.image.pullPolicy=Never',
        'host.clusterCIDR=10.225.0.0/16',
      ].flatMap((value) => ['--set', value]),
    ];
    const chart = join(root, 'charts/k3k');
    await helmHere('install', 'my-k3k', chart, ...values, '--wait', '--timeout', '3m').catch(async (error: unknown) => {
      throw new Error(await host('-n', namespace, 'describe', 'pods'), { cause: error });
    });
    expect(await host('-n', namespace, 'logs', 'deployment/my-k3k')).toContain('leads: looks after the Clusters');
  });

  it('goes as docs/clusters.md says; K3V_WRITE_GUIDES=1 writes there what was said', async () => {
    const admin = 'kubectl --kubeconfig example-cluster-kubeconfig.yaml';
    const before = {
      // The token that was given is what there is.
      'k3v cluster list':
        '[ "$(kubectl -n k3k-example-cluster get secret k3k-example-cluster-token -o jsonpath={.data.token} | base64 -d)" = test ]',
      // The port of the nodes leads to another server a moment after that is ready.
      [`${admin} get namespace shop`]: `until ${admin} get --raw /readyz; do sleep 0.5; done`,
      // There is one as soon as a pod, that of its DNS, has been placed.
      'k3v cluster connect teams/big -- kubectl get nodes':
        'until k3v cluster connect teams/big -- kubectl get nodes | grep -w Ready; do sleep 0.5; done',
    };
    expect(await guide.play('docs/clusters.md', { before, shownAs: [anyNode] })).toEqual([]);
  }, 900_000);

  it('k3k cluster delete has left nothing of one', async () => {
    const wide = await host('get', 'namespaces,clusterroles,clusterrolebindings,persistentvolumes', '-o', 'name');
    expect(wide).not.toContain('example-cluster');
  });

  it('k3v cluster connect leads to one that is not exposed until it is interrupted, also when its server is replaced', async () => {
    const env = { KUBECONFIG: testHost.kubeconfig, HOME: guide.home };
    const held = launchK3v(guide.home, ['cluster', 'connect', 'teams/big'], env);
    try {
      const file = join(guide.home, 'big-connect.yaml');
      await eventually(async () => expect(await readFile(file, 'utf8')).toContain('127.0.0.1'), patience);
      const tenant = await kubectlFor(file);
      await eventually(async () => expect(await tenant('get', '--raw', '/readyz')).toBe('ok'), patience);
      // Without a volume it comes back as another cluster; the way to it is the same.
      await host('-n', 'teams', 'delete', 'pod', 'k3k-big-server-0', '--timeout=60s');
      const insecure = async () => await tenant('--insecure-skip-tls-verify', 'get', '--raw', '/readyz').catch(String);
      await eventually(async () => expect(await insecure()).toMatch(/ok|Unauthorized|must be logged in/), patience);
    } finally {
      held.kill('SIGINT');
    }
    expect((await held).exitCode).toBe(0);
  });

  it('goes as docs/ci-clusters.md says', async () => {
    expect(await play('docs/ci-clusters.md')).toEqual([]);
  }, 900_000);

  it('goes as docs/tenants.md says', async () => {
    expect(await play('docs/tenants.md')).toEqual([]);
  }, 900_000);

  it('goes as docs/package-an-application.md says', async () => {
    const before = {
      // A kubelet looks at once at a pod that changes, else after a minute.
      'until kubectl -n product get ingresses | grep store.example.com; do sleep 1; done':
        'kubectl -n product annotate pod k3k-product-server-0 looked=now',
      'k3v --kubeconfig other.yaml --manifests product --sync ingresses': otherKubeconfig,
    };
    expect(await play('docs/package-an-application.md', { files: ['test/host/operator.yaml'], before })).toEqual([]);
  }, 900_000);

  it('those that there are go on when the chart is uninstalled', async () => {
    await helmHere('uninstall', 'my-k3k', '--wait');
    const listed = await runK3v(guide.home, ['cluster', 'list', '-o', 'name'], { KUBECONFIG: testHost.kubeconfig });
    expect(listed).toMatchObject({ exitCode: 0, stdout: 'cluster.k3k.io/big' });
    expect(await host('-n', 'teams', 'get', 'pods', '-l', 'role=server', '-o', 'name')).not.toBe('');
  });
});
