import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { crdFolder } from '../../packaging/chart/crd-files.ts';
import { parseCommand } from '../../src/cli/cli.ts';
import { showError } from '../../src/cli/show-error.ts';
import { type EmbeddedHost, startEmbeddedHost } from '../../src/embedded-host/start-embedded-host.ts';
import { keepDataAnnotation, namespaceOfLabel, pausedAnnotation, policyLabel } from '../../src/k3k/names.ts';
import { type Cluster, k3kResources } from '../../src/k3k/types.ts';
import { ifFound } from '../../src/kube/errors.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';
import { type Namespace, type Secret, resources } from '../../src/kube/types.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { runClusterCommand } from '../../src/run-cluster-command.ts';
import { runPolicyCommand } from '../../src/run-policy-command.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { clientOf } from '../support/client-of.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlFor, launchK3v, runK3v } from '../support/k3v-process.ts';
import { endlessVersion, refusedVersion, standInForController } from '../support/stand-in-controller.ts';

const patient = { timeoutMs: 60_000, everyMs: 250 };
const root = join(import.meta.dirname, '../..');
const ending = new AbortController();
let folder: string;
let host: EmbeddedHost;
let client: StreamingKubeClient;
let kubectl: (...args: string[]) => Promise<string>;
let controller: Promise<void> | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-clusters-'));
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  host = await startEmbeddedHost({ ...environment, dataDir: join(folder, 'host') }, ending.signal);
  client = clientOf(host.kubeconfigPath);
  kubectl = await kubectlFor(host.kubeconfigPath);
});

afterAll(async () => {
  ending.abort();
  await controller;
  client?.close();
  await host?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Does what `k3v …` does on the host, in this process, and returns what it would print, and end with. */
async function k3v(...args: string[]) {
  let [stdout, stderr] = ['', ''];
  const options = {
    env: { KUBECONFIG: host.kubeconfigPath },
    progress: silentProgress,
    onChange: () => undefined,
    onError: () => undefined,
    say: (text: string) => void (stdout += text),
    ask: undefined,
    signal: ending.signal,
    leaveSignals: () => process,
  };
  try {
    const command = await parseCommand(args, {});
    if (command.name === 'cluster') await runClusterCommand(command.wish, { ...options, config: command.config });
    if (command.name === 'policy') await runPolicyCommand(command.wish, { ...options, config: command.config });
    return { exitCode: 0, stdout, stderr };
  } catch (error) {
    const exitCode = showError(error, { format: 'text', destination: { write: (text) => void (stderr += text) } });
    return { exitCode, stdout, stderr };
  }
}
const done = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await k3v(...args);
  expect({ args, exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stdout;
};
const refusal = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await k3v(...args);
  expect({ args, exitCode, stdout }).toEqual({ args, exitCode: 1, stdout: '' });
  return stderr;
};
const clusterOf = async (name: string, namespace = `k3k-${name}`) =>
  await ifFound(client.get<Cluster>({ resource: k3kResources.clusters, namespace, name }));
const namespaceOf = async (name: string) =>
  await ifFound(client.get<Namespace>({ resource: resources.namespaces, name }));

it('on a host without the chart a command says that it is missing', async () => {
  for (const args of [
    ['cluster', 'list'],
    ['cluster', 'get', 'a'],
    ['cluster', 'create', 'a'],
    ['policy', 'create', 'a'],
  ]) {
    expect(await refusal(...args)).toMatch(/OPERATOR_MISSING[^]*helm install/);
  }
  expect(await namespaceOf('k3k-a')).toBeUndefined();
});

describe('on a host with the chart', () => {
  beforeAll(async () => {
    const names = await readdir(join(root, crdFolder));
    for (const name of names) await kubectl('apply', '-f', join(root, crdFolder, name));
    await kubectl('wait', '--for=condition=Established', ...names.map((name) => `crd/${name.replace('.yaml', '')}`));
    await eventually(async () => await client.list(k3kResources.clusters), patient);
  });

  it('without a controller a cluster is waited for until the time is up, and the error says so', async () => {
    const said = await refusal('cluster', 'create', 'alone', '--timeout', '1s');
    expect(said).toMatch(
      /cluster k3k-alone\/alone is not ready after 1 s: not yet seen[^]*CLUSTER_NOT_READY[^]*is that of k3k running/,
    );
    expect(await done('cluster', 'delete', 'alone', '-y')).toBe('deleted cluster k3k-alone/alone\n');
    expect(await namespaceOf('k3k-alone')).toBeUndefined();
  });

  describe('and a controller', () => {
    beforeAll(() => {
      controller = standInForController(client, host.kubeconfig, ending.signal);
    });

    it("cluster create makes what K3K's line asks for, waits, and writes a kubeconfig that leads there", async () => {
      const args = ['cluster', 'create', '--name', 'example-cluster', '--token', 'test', '--log-format', 'text'];
      const { exitCode, stdout, stderr } = await runK3v(folder, args, { KUBECONFIG: host.kubeconfigPath });
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stdout).toMatch(
        /^cluster k3k-example-cluster\/example-cluster is ready\nwrote .*\/example-cluster-kubeconfig.yaml\n {2}kubectl --kubeconfig example-cluster-kubeconfig.yaml get namespaces$/,
      );
      const cluster = await clusterOf('example-cluster');
      expect(cluster?.spec).toMatchObject({
        expose: { nodePort: {} },
        tokenSecretRef: { name: 'k3k-example-cluster-token', namespace: 'k3k-example-cluster' },
        tlsSANs: ['127.0.0.1'],
      });
      const home = await namespaceOf('k3k-example-cluster');
      expect(home?.metadata.labels).toMatchObject({ [namespaceOfLabel]: 'example-cluster' });
      const ref = { resource: resources.secrets, namespace: 'k3k-example-cluster', name: 'k3k-example-cluster-token' };
      const token = await client.get<Secret>(ref);
      expect(Buffer.from(token.data?.['token'] ?? '', 'base64').toString()).toBe('test');
      expect(token.metadata.ownerReferences).toMatchObject([{ kind: 'Cluster', uid: cluster?.metadata.uid }]);
      const written = await kubectlFor(join(folder, 'example-cluster-kubeconfig.yaml'));
      expect(await written('get', 'namespaces', '-o', 'name')).toContain('namespace/k3k-example-cluster');
    });

    it('cluster create passes on all that is asked for, and authorities as Secrets that the Cluster names', async () => {
      await mkdir(join(folder, 'certs/etcd'), { recursive: true });
      const files = ['server-ca', 'client-ca', 'request-header-ca', 'etcd/server-ca', 'etcd/peer-ca'];
      for (const file of [...files.flatMap((each) => [`${each}.crt`, `${each}.key`]), 'service.key']) {
        await writeFile(join(folder, 'certs', file), `-----BEGIN ${file}-----\n`);
      }
      await kubectl('create', 'namespace', 'teams');
      const flags =
        '--mode virtual --agents 2 --version v1.36.2-k3s1 --storage-request-size 3G --labels a=b --annotations c=d --server-envs E=f=g --expose none --no-wait';
      const said = await done(
        'cluster',
        'create',
        'teams/big',
        ...flags.split(' '),
        '--custom-certs',
        join(folder, 'certs'),
        '--server-args',
        '--disable=traefik',
      );
      expect(said).toBe('made cluster teams/big; k3v cluster get teams/big shows where it stands\n');
      expect(await clusterOf('big', 'teams')).toMatchObject({
        metadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
        spec: {
          mode: 'virtual',
          agents: 2,
          version: 'v1.36.2-k3s1',
          persistence: { storageRequestSize: '3G' },
          serverArgs: ['--disable=traefik'],
          serverEnvs: [{ name: 'E', value: 'f=g' }],
          expose: {},
          customCAs: {
            sources: {
              serverCA: { secretName: 'k3k-big-server-ca' },
              etcdPeerCA: { secretName: 'k3k-big-etcd-peer-ca' },
              serviceAccountToken: { secretName: 'k3k-big-service-account-token' },
            },
          },
        },
      });
      const ref = { resource: resources.secrets, namespace: 'teams', name: 'k3k-big-etcd-peer-ca' };
      const { data = {} } = await client.get<Secret>(ref);
      expect(Buffer.from(data['tls.crt'] ?? '', 'base64').toString()).toBe('-----BEGIN etcd/peer-ca.crt-----\n');
      expect(Object.keys(data)).toEqual(['tls.crt', 'tls.key']);
      expect((await namespaceOf('teams'))?.metadata.labels).not.toHaveProperty(namespaceOfLabel);
    });

    it('cluster create leaves nothing behind where the host refuses, and says why in its words', async () => {
      const said = await refusal('cluster', 'create', 'bad', '--servers', '2', '--token', 'x');
      expect(said).toMatch(/servers has to be 1 or 3[^]*CLUSTER_REFUSED[^]*kubectl explain clusters\.k3k\.io\.spec/);
      await eventually(async () => expect(await namespaceOf('k3k-bad')).toBeUndefined(), patient);
      expect(await refusal('cluster', 'create', 'teams/big')).toMatch(
        /CLUSTER_EXISTS[^]*k3v cluster update teams\/big/,
      );
      expect(await refusal('cluster', 'create', 'a', '--policy', 'none')).toMatch(
        /there is no policy none[^]*CLUSTER_MISSING/,
      );
      expect(await namespaceOf('k3k-a')).toBeUndefined();
    });

    it('cluster create ends with the reason of a cluster that cannot be, and with what is waited for where the time is up', async () => {
      expect(await refusal('cluster', 'create', 'refused', '--version', refusedVersion)).toMatch(
        /cluster k3k-refused\/refused cannot be: version v1.99 is not supported[^]*CLUSTER_REFUSED/,
      );
      await done('cluster', 'create', 'slow', '--version', endlessVersion, '--no-wait');
      await eventually(async () => expect((await clusterOf('slow'))?.status?.phase).toBe('Provisioning'), patient);
      expect(await refusal('cluster', 'resume', 'slow', '--timeout', '1s')).toMatch(
        /k3k-slow\/slow is not ready after 1 s: Provisioning: pod k3k-0 is not ready[^]*CLUSTER_NOT_READY[^]*k3v cluster get k3k-slow\/slow/,
      );
    });

    it('Ctrl-C ends waiting, and the cluster goes on being made', async () => {
      const args = ['cluster', 'create', 'left', '--version', endlessVersion, '--log-format', 'json'];
      const process = launchK3v(folder, args, { KUBECONFIG: host.kubeconfigPath });
      await eventually(async () => expect((await clusterOf('left'))?.status?.phase).toBe('Provisioning'), patient);
      process.kill('SIGINT');
      const { exitCode, stderr } = await process;
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('"code":"CLUSTER_NOT_READY"'),
      });
      expect(stderr).toContain('not waited for any longer');
      expect(await clusterOf('left')).toBeDefined();
    });

    it('cluster list and get show clusters as text, wide, JSON, YAML and names', async () => {
      const list = await done('cluster', 'list');
      expect(list).toMatch(/^NAMESPACE +NAME +MODE +STATUS +POLICY +VERSION +AGE\n/);
      expect(list).toMatch(/^k3k-example-cluster +example-cluster +shared +Ready +- +v1.36.3 +\d+[smh]$/m);
      expect(list).toMatch(/^teams +big +virtual +Ready /m);
      expect(await done('cluster', 'list', '-n', 'teams', '-o', 'name')).toBe('cluster.k3k.io/big\n');
      expect(await done('cluster', 'list', '-n', 'nowhere')).toBe('no clusters\n');
      expect(await done('cluster', 'list', '-o', 'wide')).toMatch(
        /ENDPOINT +MESSAGE\n[^]*https:\/\/127.0.0.1:\d+ +the API server answers/,
      );
      const json = JSON.parse(await done('cluster', 'list', '-o', 'json')) as { kind: string; items: Cluster[] };
      expect(json.items.map(({ metadata }) => metadata.name)).toContain('big');
      const text = await done('cluster', 'get', 'example-cluster');
      expect(text).toMatch(
        /^name +example-cluster\nnamespace +k3k-example-cluster\nstatus +Ready: the API server answers\nmode +shared\n/,
      );
      expect(parse(await done('cluster', 'get', 'teams/big', '-o', 'yaml'))).toMatchObject({
        kind: 'Cluster',
        spec: { agents: 2 },
      });
      expect(await refusal('cluster', 'get', 'big')).toMatch(
        /there is no cluster k3k-big\/big[^]*CLUSTER_MISSING[^]*There is teams\/big/,
      );
    });

    it('cluster kubeconfig prints one that leads there, or says that there is no way from here', async () => {
      expect(await done('cluster', 'kubeconfig', 'example-cluster')).toContain(`server: ${client.server}`);
      const to = join(folder, 'other.yaml');
      const args = ['--kubeconfig-server', 'k3k.example', '--to', to];
      expect(await done('cluster', 'kubeconfig', 'example-cluster', ...args)).toBe(`wrote ${to}\n`);
      expect(await readFile(to, 'utf8')).toContain('server: https://k3k.example\n');
      expect(await refusal('cluster', 'kubeconfig', 'teams/big')).toMatch(
        /teams\/big is not exposed outside of the host[^]*CLUSTER_UNREACHABLE[^]*k3v cluster connect teams\/big/,
      );
      expect(await refusal('cluster', 'kubeconfig', 'example-cluster', '--to', host.kubeconfigPath)).toContain(
        'HOST_CONFIG_OWN',
      );
    });

    it('cluster update shows what changes, asks, and takes no older version', async () => {
      expect(await done('cluster', 'update', 'teams/big', '--agents', '3', '--labels', 'e=f', '-y')).toBe(
        'cluster teams/big:\n  metadata.labels.e: (none) → f\n  spec.agents: 2 → 3\nchanged\n',
      );
      expect(await clusterOf('big', 'teams')).toMatchObject({
        metadata: { labels: { a: 'b', e: 'f' } },
        spec: { agents: 3 },
      });
      expect(await done('cluster', 'update', 'teams/big', '--agents', '3', '-y')).toBe(
        'cluster teams/big is so already\n',
      );
      expect(await refusal('cluster', 'update', 'teams/big', '--version', 'v1.35.0-k3s1', '-y')).toContain(
        'runs v1.36.2-k3s1: v1.35.0-k3s1 is older',
      );
      const { exitCode, stderr } = await k3v('cluster', 'update', 'teams/big', '--agents', '4');
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('no terminal to ask on'),
      });
      expect(await clusterOf('big', 'teams')).toMatchObject({ spec: { agents: 3 } });
    });

    it('cluster pause and resume stop the servers and start them', async () => {
      expect(await done('cluster', 'pause', 'example-cluster')).toMatch(/is paused\n$/);
      expect((await clusterOf('example-cluster'))?.metadata.annotations).toMatchObject({ [pausedAnnotation]: 'true' });
      expect(await done('cluster', 'list')).toMatch(/example-cluster +shared +Paused/);
      expect(await done('cluster', 'resume', 'example-cluster')).toMatch(/is resumed\n$/);
      expect((await clusterOf('example-cluster'))?.metadata.annotations ?? {}).not.toHaveProperty(pausedAnnotation);
    });

    it('a policy is made, shown and deleted, and binds namespaces', async () => {
      expect(await done('policy', 'create', 'teams', '--mode', 'virtual', '-n', 'teams')).toBe(
        'made policy teams, for teams\n',
      );
      expect((await namespaceOf('teams'))?.metadata.labels).toMatchObject({ [policyLabel]: 'teams' });
      expect(await done('policy', 'list')).toMatch(/^NAME +MODE +AGE\nteams +virtual +\d+s\n$/);
      expect(await done('policy', 'get', 'teams')).toMatch(/mode +virtual\nnamespaces +teams\n/);
      expect(await refusal('policy', 'create', 'teams')).toContain('CLUSTER_EXISTS');
      expect(await refusal('policy', 'create', 'other', '-n', 'teams')).toMatch(
        /bound to the policy teams[^]*--overwrite/,
      );
      expect(await refusal('policy', 'create', 'other', '-n', 'nowhere')).toContain('HOST_NAMESPACE_MISSING');
      expect(await done('policy', 'create', 'other', '-n', 'teams', '--overwrite')).toBe(
        'made policy other, for teams\n',
      );
      await done('cluster', 'create', 'bound', '--policy', 'other', '--no-wait');
      expect((await namespaceOf('k3k-bound'))?.metadata.labels).toMatchObject({ [policyLabel]: 'other' });
      expect(await done('policy', 'delete', 'teams')).toBe('deleted policy teams\n');
      expect(await refusal('policy', 'get', 'teams')).toContain('CLUSTER_MISSING');
    });

    it('who lacks a right is told which', async () => {
      await kubectl('create', 'serviceaccount', 'nobody');
      const token = await kubectl('create', 'token', 'nobody');
      const kubeconfig = join(folder, 'nobody.yaml');
      const text = host.kubeconfig
        .replaceAll(/client-(certificate|key)-data: .*/g, '')
        .replace(/user:\s*$/m, `user:\n      token: ${token}`);
      await writeFile(kubeconfig, text);
      const { exitCode, stderr } = await runK3v(folder, ['cluster', 'list', '--log-format', 'text'], {
        KUBECONFIG: kubeconfig,
      });
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/cannot list resource "clusters"[^]*HOST_FORBIDDEN/),
      });
    });

    it('cluster delete waits until all is gone, with the namespace that was made for it', async () => {
      expect(await done('cluster', 'delete', 'example-cluster')).toBe(
        'deleted cluster k3k-example-cluster/example-cluster\n',
      );
      expect(await clusterOf('example-cluster')).toBeUndefined();
      expect(await namespaceOf('k3k-example-cluster')).toBeUndefined();
      expect(await done('cluster', 'delete', '--all', '-n', 'teams', '-y')).toBe('deleted cluster teams/big\n');
      expect(await namespaceOf('teams')).toBeDefined();
      expect(await refusal('cluster', 'delete', 'example-cluster', '-y')).toContain('CLUSTER_MISSING');
    });

    it('cluster delete --keep-data says so to the controller', async () => {
      const seen: string[] = [];
      const watching = new AbortController();
      const watch = (async () => {
        const options = { resourceVersion: '0', timeoutSeconds: 60, signal: watching.signal };
        for await (const { object } of client.watch<Cluster>(k3kResources.clusters, {
          ...options,
          namespace: 'k3k-bound',
        })) {
          const kept = object.metadata.annotations?.[keepDataAnnotation];
          if (object.metadata.deletionTimestamp) seen.push(String(kept));
        }
      })().catch(() => undefined);
      await done('cluster', 'delete', 'bound', '--keep-data');
      await eventually(() => expect(seen).toContain('true'), patient);
      watching.abort();
      await watch;
    });
  });
});
