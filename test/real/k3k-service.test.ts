import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildKubernetesPrograms } from '../../src/control-plane/kubernetes-programs.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { k3vImages } from '../host/k3v-image.ts';
import type { TestHost } from '../host/test-host.ts';
import { describeOnK3vHost } from '../support/describe-on-k3v-host.ts';
import { eventually } from '../support/eventually.ts';
import { helmIn } from '../support/helm.ts';
import { kubectlFor } from '../support/k3v-process.ts';
import type { Kubectl } from '../support/virtual-cluster.ts';

const root = join(import.meta.dirname, '../..');
const patience = { timeoutMs: 120_000, everyMs: 500 };
const namespace = 'k3k-system';

/** `docker.io/library/k3v:test` as values of the chart. */
function imageValues(key: string, image: string): string[] {
  const [, registry, repository, tag] = /^([^/]+)\/(.+):([^:]+)$/.exec(image) ?? [];
  return Object.entries({ registry, repository, tag }).flatMap(([name, value]) => ['--set', `${key}.${name}=${value}`]);
}

describeOnK3vHost('virtual clusters as a service, from the chart to the last kubectl', (startHost) => {
  let folder: string;
  let testHost: TestHost;
  let host: Kubectl;
  let helm: Awaited<ReturnType<typeof helmIn>>;
  let kubectlProgram: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3k-service-'));
    const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
    const programs = await buildKubernetesPrograms(['kubectl'], environment, new AbortController().signal);
    kubectlProgram = join(programs, 'kubectl');
    helm = await helmIn(folder);
    testHost = await startHost();
    host = await kubectlFor(testHost.kubeconfig);
  });

  afterAll(async () => {
    await testHost?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs the program `name` of bin/ as who works with the host; returns both its outputs. */
  async function run(name: 'k3k' | 'k3v', ...args: string[]): Promise<string> {
    const env = { KUBECONFIG: testHost.kubeconfig, HOME: folder };
    const { all } = await execa(process.execPath, [join(root, 'bin', name), ...args], { cwd: folder, env, all: true });
    return all;
  }

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

  it('k3k cluster create makes one, and writes a kubeconfig that works', async () => {
    const said = await run('k3k', 'cluster', 'create', '--name', 'example-cluster', '--token', 'test');
    expect(said).toContain('example-cluster-kubeconfig.yaml');
    const tenant = await kubectlFor(join(folder, 'example-cluster-kubeconfig.yaml'));
    expect(await tenant('get', 'namespaces', '-o', 'name')).toContain('namespace/kube-system');
    expect(await tenant('auth', 'can-i', '*', '*')).toBe('yes');
    await tenant('create', 'configmap', 'kept', '--from-literal=a=1');
    const token = await host(
      '-n',
      'k3k-example-cluster',
      'get',
      'secret',
      'k3k-example-cluster-token',
      '-o',
      'jsonpath={.data.token}',
    );
    expect(Buffer.from(token, 'base64').toString()).toBe('test');
    const listed = await run('k3v', 'cluster', 'list');
    expect(listed).toMatch(/example-cluster\s.*Ready/);
  });

  it('is paused and resumed with its data', async () => {
    await run('k3v', 'cluster', 'pause', 'example-cluster');
    expect(await host('-n', 'k3k-example-cluster', 'get', 'pods', '-l', 'role=server', '-o', 'name')).toBe('');
    await run('k3v', 'cluster', 'resume', 'example-cluster');
    const tenant = await kubectlFor(join(folder, 'example-cluster-kubeconfig.yaml'));
    await eventually(
      async () => expect(await tenant('get', 'configmap', 'kept', '-o', 'name')).toBe('configmap/kept'),
      patience,
    );
  });

  it('k3v cluster connect leads to one that is not exposed, for a command and until it is interrupted', async () => {
    await run('k3v', 'cluster', 'create', 'quiet', '--expose', 'none', '--persistence-type', 'ephemeral');
    const command = [kubectlProgram, 'get', 'namespaces', '-o', 'name'];
    expect(await run('k3v', 'cluster', 'connect', 'quiet', '--', ...command)).toContain('namespace/kube-system');

    const env = { KUBECONFIG: testHost.kubeconfig, HOME: folder };
    const args = [join(root, 'bin/k3v'), 'cluster', 'connect', 'quiet'];
    const held = execa(process.execPath, args, { cwd: folder, env, reject: false, forceKillAfterDelay: false });
    try {
      const file = join(folder, 'quiet-connect.yaml');
      await eventually(async () => expect(await readFile(file, 'utf8')).toContain('127.0.0.1'), patience);
      const tenant = await kubectlFor(file);
      await eventually(async () => expect(await tenant('get', '--raw', '/readyz')).toBe('ok'), patience);
      // Without a volume it comes back as another cluster; the way to it is the same.
      await host('-n', 'k3k-quiet', 'delete', 'pod', 'k3k-quiet-server-0', '--timeout=60s');
      const insecure = async () => await tenant('--insecure-skip-tls-verify', 'get', '--raw', '/readyz').catch(String);
      await eventually(async () => expect(await insecure()).toMatch(/ok|Unauthorized|must be logged in/), patience);
    } finally {
      held.kill('SIGINT');
    }
    expect((await held).exitCode).toBe(0);
  });

  it('k3k cluster delete leaves nothing of it', async () => {
    await run('k3k', 'cluster', 'delete', 'example-cluster', '-y');
    expect(await host('get', 'namespaces', '-o', 'name')).not.toContain('k3k-example-cluster');
    const wide = await host('get', 'clusterroles,clusterrolebindings,persistentvolumes', '-o', 'name');
    expect(wide).not.toContain('example-cluster');
  });

  it('those that there are go on when the chart is uninstalled', async () => {
    await helmHere('uninstall', 'my-k3k', '--wait');
    expect(await run('k3v', 'cluster', 'list', '-o', 'name')).toContain('quiet');
    expect(await host('-n', 'k3k-quiet', 'get', 'pods', '-l', 'role=server', '-o', 'name')).not.toBe('');
  });
});
