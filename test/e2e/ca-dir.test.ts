import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KeyPair, toAuthority } from '../../src/control-plane/certificates.ts';
import { certificatesIn } from '../../src/control-plane/pem-certificates.ts';
import { kubeconfigYaml } from '../../src/control-plane/kubeconfig.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { kubectlFor, runK3v } from '../support/k3v-process.ts';
import { type MadeAuthority, makeAuthority } from '../support/make-authority.ts';

const port = 27_914;
const server = `https://127.0.0.1:${port}`;
let folder: string;
let cluster: EmbeddedCluster;
let root: MadeAuthority;
let servers: MadeAuthority;
let users: MadeAuthority;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-own-ca-'));
  root = await makeAuthority('organisation', { kind: 'rsa' });
  servers = await makeAuthority('servers', { by: root });
  users = await makeAuthority('users', { by: root, kind: 'rsa' });
  await give('server-ca', servers);
  await give('client-ca', users);
  await give('request-header-ca', await makeAuthority('proxies'));
  await writeFile(join(folder, 'service.key'), (await makeAuthority('unused', { kind: 'rsa' })).keyPem);
  cluster = await startEmbeddedCluster(port, { extras: ['nodes/proxy'], flags: ['--ca-dir', folder] });
});

afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function give(name: string, { certPem, keyPem }: KeyPair): Promise<void> {
  await writeFile(join(folder, `${name}.crt`), certPem);
  await writeFile(join(folder, `${name}.key`), keyPem);
}

/** Returns kubectl as somebody whom `authority` has signed as cluster-admin. */
async function adminSignedBy(authority: KeyPair) {
  const request = { commonName: 'ann', organizations: ['system:masters'], usages: ['client'], days: 1 } as const;
  const pair = await toAuthority(authority).issue(request);
  const path = join(folder, 'somebody.yaml');
  // Who trusts the organisation trusts the API server.
  const caPem = certificatesIn(servers.certPem).at(-1) ?? '';
  await writeFile(path, kubeconfigYaml({ server, caPem, contextName: 'own', ...pair }));
  return await kubectlFor(path);
}

it('shows a certificate of the given authority, and the way from there to the root', async () => {
  const socket = connect({ port, host: '127.0.0.1', ca: certificatesIn(root.certPem)[0] });
  await once(socket, 'secureConnect');
  expect(socket.authorized).toBe(true);
  expect(socket.getPeerCertificate().issuer).toMatchObject({ CN: 'servers' });
  socket.destroy();
});

it('takes whom the given authority of users has signed, and not whom that of servers or the root has', async () => {
  const known = await adminSignedBy(users);
  expect(await known('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe('ann');
  for (const authority of [servers, root]) {
    const unknown = await adminSignedBy(authority);
    await expect(unknown('get', 'pods')).rejects.toThrow(/must be logged in|Unauthorized|unknown authority/);
  }
});

it('issues users by it, and has pods trust the one of servers', async () => {
  const { kubeconfig } = cluster.k3v();
  const kubectl = await kubectlFor(kubeconfig);
  const { stdout } = await runK3v(cluster.folder, ['kubeconfig', '--user', 'ci', '--expires', '1h']);
  const path = join(folder, 'ci.yaml');
  await writeFile(path, stdout);
  const ci = await kubectlFor(path);
  expect(await ci('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe('ci');
  const data = await ci('config', 'view', '--raw', '-o', 'jsonpath={.users[0].user.client-certificate-data}');
  const certificate = new X509Certificate(Buffer.from(data, 'base64'));
  expect(certificate.verify(new X509Certificate(certificatesIn(users.certPem)[0] ?? '').publicKey)).toBe(true);
  const trusted = await kubectl('get', 'configmap', 'kube-root-ca.crt', '-o', 'jsonpath={.data.ca\\.crt}');
  expect(certificatesIn(`${trusted}\n`)).toEqual(certificatesIn(servers.certPem));
});

it('has the aggregated API and its webhook work with them', async () => {
  const kubectl = await kubectlFor(cluster.k3v().kubeconfig);
  await kubectl('create', 'service', 'clusterip', 'web', '--tcp=80');
  await kubectl('wait', '--for=condition=Available', 'apiservice/v1beta1.metrics.k8s.io', '--timeout=60s');
  expect(await kubectl('get', '--raw', '/apis/metrics.k8s.io/v1beta1')).toContain('pods');
});

it('goes on without the flag, and refuses others', async () => {
  const before = await readFile(join(cluster.folder, 'k3v-data/pki/ca.crt'), 'utf8');
  await cluster.restart(async () => {
    await give('server-ca', await makeAuthority('others'));
    const { stderr, exitCode } = await runK3v(cluster.folder, ['--distro', 'kubernetes', ...cluster.args]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('server-ca.crt of --ca-dir is another one than');
    cluster.args.splice(cluster.args.indexOf('--ca-dir'), 2);
  });
  expect(await readFile(join(cluster.folder, 'k3v-data/pki/ca.crt'), 'utf8')).toBe(before);
  const kubectl = await adminSignedBy(users);
  expect(await kubectl('get', 'service', 'web', '-o', 'name')).toBe('service/web');
});
