import { X509Certificate } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { currentOf, parseKubeconfig } from '../../src/kube/kubeconfig.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlFor, runK3v } from '../support/k3v-process.ts';

let cluster: EmbeddedCluster;
let folder: string;
let admin: Awaited<ReturnType<typeof kubectlFor>>;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(27521);
  folder = dirname(cluster.k3v().kubeconfig);
  admin = await kubectlFor(cluster.k3v().kubeconfig);
});

afterAll(async () => await cluster?.stop());

const make = async (...args: string[]) => await runK3v(folder, ['kubeconfig', ...args]);

it('a user with a certificate may do what the groups of the user may, and nothing else', async () => {
  const file = join(folder, 'ci.yaml');
  const before = Date.now();
  const made = await make('--user', 'ci', '--group', 'viewers', '--expires', '8h', '--to', file);
  expect(made).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`wrote ${file}, good until`) });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const ci = await kubectlFor(file);
  expect(await ci('auth', 'whoami')).toMatch(/Username\s+ci\nGroups\s+\[viewers system:authenticated\]/);
  await expect(ci('get', 'pods')).rejects.toThrow('User "ci" cannot list resource "pods"');
  await admin('create', 'clusterrolebinding', 'viewers', '--clusterrole=view', '--group=viewers');
  await eventually(async () => expect(await ci('get', 'pods', '-o', 'name')).toBe(''));
  await expect(ci('create', 'configmap', 'a')).rejects.toThrow('cannot create resource "configmaps"');
  const { user } = currentOf(parseKubeconfig(await readFile(file, 'utf8')));
  const certificate = new X509Certificate(Buffer.from(user?.certData ?? '', 'base64'));
  const hours = (certificate.validToDate.getTime() - before) / 3_600_000;
  expect(hours).toBeGreaterThan(7.9);
  expect(hours).toBeLessThan(8.1);
});

it('a token is that of the service account, in whose namespace its reader begins, at the server that was named', async () => {
  await admin('create', 'namespace', 'ci');
  await admin('-n', 'ci', 'create', 'serviceaccount', 'builder');
  await admin('-n', 'ci', 'create', 'rolebinding', 'builder', '--clusterrole=edit', '--serviceaccount=ci:builder');
  const made = await make('--token', 'ci/builder', '--server', 'https://localhost:27521');
  expect(made.stdout).toContain('server: https://localhost:27521');
  const file = join(folder, 'builder.yaml');
  await writeFile(file, made.stdout);
  const builder = await kubectlFor(file);
  expect(await builder('auth', 'whoami')).toContain('system:serviceaccount:ci:builder');
  await eventually(async () =>
    expect(await builder('create', 'configmap', 'made')).toContain('configmap/made created'),
  );
  expect(await admin('-n', 'ci', 'get', 'configmap', 'made', '-o', 'name')).toBe('configmap/made');
});

it('what the API server refuses is said in its words', async () => {
  expect((await make('--user', 'x', '--group', 'system:masters')).stderr).toMatch(/USER_REFUSED.*system:masters/);
  expect((await make('--token', 'ci/nobody')).stderr).toMatch(/USER_REFUSED.*serviceaccounts \\"nobody\\" not found/);
});
