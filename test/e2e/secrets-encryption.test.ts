import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import { type Secret, resources } from '../../src/kube/types.ts';
import { clientOf } from '../support/client-of.ts';
import { eventually } from '../support/eventually.ts';
import { type K3vProcess, startK3v } from '../support/k3v-process.ts';

const password = 'correct horse battery staple';
const ref = { resource: resources.secrets, namespace: 'default', name: 'login' };
let folder: string;
let k3v: K3vProcess;
let virtual: KubeClient;

async function start(...flags: string[]): Promise<void> {
  k3v = await startK3v(folder, ['--host', 'embedded', '--listen-port', '27527', '--disable', 'coredns', ...flags]);
  virtual = clientOf(k3v.kubeconfig);
}

async function restart(...flags: string[]): Promise<void> {
  virtual.close();
  await k3v.end('SIGTERM');
  await start(...flags);
}

/** Returns the last version of the Secret that the database holds: what SQLite wrote before is left in its file. */
async function stored(): Promise<string> {
  const kubernetes = join(folder, 'k3v-data/control-plane/kubernetes');
  const files = (await readdir(kubernetes)).filter((name) => name.startsWith('kine.db'));
  const content = await Promise.all(files.map(async (name) => await readFile(join(kubernetes, name), 'latin1')));
  return content.join('');
}

const value = async () => Buffer.from((await virtual.get<Secret>(ref)).data?.['password'] ?? '', 'base64').toString();
const said = () => k3v.lines().filter((line) => line.includes('wrote all Secrets again'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-encryption-'));
  await start('--no-secrets-encryption');
  const { namespace, name } = ref;
  await virtual.create(resources.secrets, {
    metadata: { namespace, name },
    stringData: { password },
  } as unknown as Secret);
});

afterAll(async () => {
  virtual?.close();
  await k3v?.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

it('Secrets are plain text in the database only when that is asked for, and can be read whatever was asked for before', async () => {
  expect(await stored()).toContain(password);
  await restart();
  await eventually(() => expect(said()).toHaveLength(1));
  expect(await value()).toBe(password);
  const other = 'never seen in plain text';
  await virtual.create(resources.secrets, {
    metadata: { namespace: 'default', name: 'other' },
    stringData: { other },
  } as unknown as Secret);
  const after = await stored();
  expect(after).toContain('k8s:enc:secretbox:v1:key1:');
  expect(after).not.toContain(other);
  await restart();
  expect(await value()).toBe(password);
  expect(said()).toEqual([]);
  await restart('--no-secrets-encryption');
  await eventually(() => expect(said()).toHaveLength(1));
  expect(await value()).toBe(password);
  expect(await stored()).toContain(other);
});
