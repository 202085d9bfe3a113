import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCommand } from '../../../src/cli/cli.ts';
import { createAuthority } from '../../../src/control-plane/certificates.ts';
import { kubeconfigYaml } from '../../../src/control-plane/kubeconfig.ts';
import { currentOf, parseKubeconfig } from '../../../src/kube/kubeconfig.ts';
import { type KubeObject, resources } from '../../../src/kube/types.ts';
import { type Cluster, k3kResources } from '../../../src/k3k/types.ts';
import { silentProgress } from '../../../src/progress.ts';
import { runClusterCommand } from '../../../src/run-cluster-command.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';

interface SigningRequest extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

const requests = { group: 'certificates.k8s.io', version: 'v1', plural: 'certificatesigningrequests' };
const ending = new AbortController();
let folder: string;
/** It stands for the host, and for the cluster on it as well. */
let server: FakeApiServer;
let said: string;

const admin = (url: string) =>
  kubeconfigYaml({ server: url, caPem: 'ca of the cluster', contextName: 'k3v-a', token: 'of the admin' });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-cluster-kubeconfig-'));
  server = await startFakeApiServer();
  said = '';
  await writeFile(
    join(folder, 'host.yaml'),
    kubeconfigYaml({ server: server.url, caPem: 'x', contextName: 'host', token: 't' }),
  );
  for (const [namespace, name] of [
    ['k3k-a', 'a'],
    ['teams', 'a'],
  ] as const) {
    server.store.put(k3kResources.clusters, {
      apiVersion: 'k3k.io/v1beta1',
      kind: 'Cluster',
      metadata: { namespace, name, uid: `${namespace}-${name}` },
      spec: { mode: 'shared', servers: 1, agents: 0, persistence: {}, expose: { nodePort: {} } },
      status: { endpoint: server.url, phase: 'Ready' },
    } as Cluster);
    server.store.put(resources.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name: `k3k-${name}-service` },
      // Nothing listens there.
      spec: { ports: [{ name: 'api', port: 443, nodePort: 1 }] },
    } as KubeObject);
    server.store.put(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: `k3k-${name}-kubeconfig` },
      data: { 'kubeconfig.yaml': Buffer.from(admin('https://k3k-a-service.k3k-a')).toString('base64') },
    } as KubeObject);
  }
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Does what `k3v cluster …` does, in the folder that is the home of who types it. */
async function k3v(...line: string[]): Promise<void> {
  const env = { HOME: folder, KUBECONFIG: join(folder, 'host.yaml') };
  const command = await parseCommand(['cluster', ...line], env);
  if (command.name !== 'cluster') throw new Error(`it is ${command.name}`);
  await runClusterCommand(command.wish, {
    config: command.config,
    env,
    progress: silentProgress,
    onChange: () => undefined,
    onError: () => undefined,
    say: (text) => void (said += text),
    ask: undefined,
    signal: ending.signal,
    leaveSignals: () => process,
  });
}
const contextsIn = async (file: string) =>
  parseKubeconfig(await readFile(join(folder, file), 'utf8')).contexts.map(({ name }) => name);

describe('k3v cluster kubeconfig --merge', () => {
  it('adds the cluster to the kubeconfig of the host, in which nothing else changes, and says how it is used', async () => {
    await k3v('kubeconfig', 'a', '--merge');
    await k3v('kubeconfig', 'teams/a', '--merge');
    const file = join(folder, 'host.yaml');
    expect(said).toBe(
      `added context k3k-a to ${file}\n  kubectl --context k3k-a get namespaces\nadded context teams/a to ${file}\n  kubectl --context teams/a get namespaces\n`,
    );
    expect(await contextsIn('host.yaml')).toEqual(['host', 'k3k-a', 'teams/a']);
    const config = parseKubeconfig(await readFile(file, 'utf8'));
    expect(currentOf(config)).toMatchObject({ context: { name: 'host' }, user: { token: 't' } });
    expect(currentOf({ ...config, currentContext: 'k3k-a' })).toMatchObject({
      cluster: { server: server.url },
      user: { token: 'of the admin' },
    });
    // It is the host's still.
    await k3v('get', 'a', '-o', 'name');
    expect(said).toContain('cluster.k3k.io/a\n');
  });

  it('adds it to another file, as its current context', async () => {
    const to = join(folder, 'mine/config');
    await k3v('kubeconfig', 'a', '--merge', '--use-context', '--to', to, '--kubeconfig-server', 'k3k.example');
    expect(said).toBe(`added context k3k-a to ${to}\n  kubectl --kubeconfig ${to} --context k3k-a get namespaces\n`);
    const config = parseKubeconfig(await readFile(to, 'utf8'));
    expect(currentOf(config)).toMatchObject({ context: { name: 'k3k-a' }, cluster: { server: 'https://k3k.example' } });
    expect(await contextsIn('host.yaml')).toEqual(['host']);
  });

  it('leaves a file alone to which nothing can be added, and says why', async () => {
    await writeFile(join(folder, 'mine.yaml'), '- a list\n');
    await expect(k3v('kubeconfig', 'a', '--merge', '--to', join(folder, 'mine.yaml'))).rejects.toMatchObject({
      code: 'FLAG_INVALID',
      message: `--merge: nothing can be added to ${join(folder, 'mine.yaml')}: it is no map`,
    });
    expect(await readFile(join(folder, 'mine.yaml'), 'utf8')).toBe('- a list\n');
    // Without --merge the host's would be lost.
    await expect(k3v('kubeconfig', 'a', '--to', join(folder, 'host.yaml'))).rejects.toMatchObject({
      code: 'HOST_CONFIG_OWN',
    });
  });
});

describe('k3v cluster kubeconfig --user', () => {
  it('has the cluster sign a certificate, and writes a kubeconfig with it', async () => {
    const authority = await createAuthority('client-ca');
    const { certPem } = await authority.issue({
      commonName: 'ci',
      organizations: ['viewers'],
      usages: ['client'],
      days: 1,
    });
    const { unsubscribe } = sign(certPem);
    const to = join(folder, 'ci.yaml');
    await k3v('kubeconfig', 'a', '--user', 'ci', '--group', 'viewers', '--expires', '8h', '--to', to);
    unsubscribe();
    expect(said).toBe(`wrote ${to}\n`);
    const { user, cluster, context } = currentOf(parseKubeconfig(await readFile(to, 'utf8')));
    expect({ context: context?.name, server: cluster?.server }).toEqual({ context: 'k3k-a', server: server.url });
    expect(Buffer.from(cluster?.caData ?? '', 'base64').toString()).toBe('ca of the cluster');
    expect(Buffer.from(user?.certData ?? '', 'base64').toString()).toBe(certPem);
    expect(Buffer.from(user?.keyData ?? '', 'base64').toString()).toContain('PRIVATE KEY');
    expect(user?.token).toBeUndefined();
    expect(new X509Certificate(certPem).subject).toContain('CN=ci');
    const [asked] = server.store.list<SigningRequest>(requests);
    expect(asked?.spec).toMatchObject({
      signerName: 'kubernetes.io/kube-apiserver-client',
      expirationSeconds: 28_800,
      usages: ['digital signature', 'client auth'],
    });
    const sent = server.requests.filter(({ plural }) => plural === 'certificatesigningrequests');
    expect(new Set(sent.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer of the admin']));
  });

  it('says why the cluster refuses, and writes nothing', async () => {
    server.faults.add(
      { verb: 'create', plural: 'certificatesigningrequests' },
      { kind: 'status', code: 403, reason: 'Forbidden', message: 'use of system:masters group is not allowed' },
    );
    const to = join(folder, 'ci.yaml');
    await expect(k3v('kubeconfig', 'a', '--user', 'ci', '--group', 'system:masters', '--to', to)).rejects.toMatchObject(
      { code: 'USER_REFUSED', message: 'the virtual cluster refuses: use of system:masters group is not allowed' },
    );
    await expect(readFile(to)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

/** Does what the signer of a cluster does: once a request is approved, it has a certificate. */
function sign(certPem: string): { unsubscribe: () => void } {
  const certificate = Buffer.from(certPem).toString('base64');
  const unsubscribe = server.store.subscribe(({ object, collection }) => {
    if (!collection.endsWith(requests.plural) || !object.status || object.status['certificate'] !== undefined) return;
    expect(object.status).toMatchObject({ conditions: [{ type: 'Approved' }] });
    server.store.put(requests, { ...object, status: { ...object.status, certificate } });
  });
  return { unsubscribe };
}
