import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLevelStore } from '../../src/state/level-store.ts';
import { schemaChange } from '../../src/state/schema.ts';
import { type K3vProcess, kubectlFor, runK3v, startK3v } from '../support/k3v-process.ts';

const flags = ['--host', 'embedded', '--listen-port', '27556', '--disable', 'coredns', '--audit-log'];
let folder: string;
let umask: number;
let k3v: K3vProcess;

const dataDir = () => join(folder, 'k3v-data');

beforeAll(async () => {
  // Of whoever starts it: k3v must not rely on it.
  umask = process.umask(0);
  folder = await mkdtemp(join(tmpdir(), 'k3v-file-modes-'));
  k3v = await startK3v(folder, flags);
});

afterAll(async () => {
  await k3v?.end('SIGTERM');
  process.umask(umask);
  await rm(folder, { recursive: true, force: true });
});

/** What others may do something with, of all that k3v has written: paths with their modes. */
async function openToOthers(): Promise<string[]> {
  const below = (await readdir(folder, { recursive: true })).map((path) => join(folder, path));
  const found = await Promise.all(
    below.map(async (path) => {
      const stats = await lstat(path).catch(() => undefined);
      const mode = stats && !stats.isSymbolicLink() ? stats.mode & 0o777 : 0;
      return (mode & 0o077) === 0 ? [] : [`${relative(folder, path)} ${mode.toString(8)}`];
    }),
  );
  return found.flat();
}

async function names(): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).map((path) =>
    path.replaceAll(/\d{8}T\d{6}Z(-[0-9a-f]{4})?/g, '*'),
  );
}

it('all that k3v and its children write while they run is for their user alone', async () => {
  await (await kubectlFor(k3v.kubeconfig))('create', 'secret', 'generic', 'login', '--from-literal=password=x');
  expect((await runK3v(folder, ['kubeconfig', '--user', 'ci', '--to', 'sub/ci.yaml'])).exitCode).toBe(0);
  expect((await runK3v(folder, ['snapshot', 'save', 'one'])).exitCode).toBe(0);
  expect(await names()).toEqual(
    expect.arrayContaining([
      'kubeconfig.yaml',
      'sub/ci.yaml',
      'k3v-data/status.json',
      'k3v-data/pki/ca.key',
      'k3v-data/pki/controller-manager.kubeconfig',
      'k3v-data/control-plane/secrets-encryption.yaml',
      'k3v-data/control-plane/kubernetes/kine.db',
      'k3v-data/control-plane/logs/kube-apiserver.log',
      'k3v-data/audit/audit.log',
      'k3v-data/snapshots/one.tar.gz',
      'k3v-data/embedded-host/kubeconfig.yaml',
    ]),
  );
  expect(await openToOthers()).toEqual([]);
});

it('so is what a restore puts aside, and the backup before another layout', async () => {
  await k3v.end('SIGTERM');
  expect((await runK3v(folder, ['snapshot', 'restore', 'one'])).exitCode).toBe(0);
  // What this test writes itself is as k3v would write it.
  process.umask(0o077);
  const store = await openLevelStore(join(dataDir(), 'state'), () => undefined);
  const { key, value } = schemaChange(1);
  await store.put(key, value);
  await store.close();
  process.umask(0);
  k3v = await startK3v(folder, flags);
  expect(await names()).toEqual(expect.arrayContaining(['k3v-data/before-restore-*', 'k3v-data/backups/*-schema-1']));
  expect(await openToOthers()).toEqual([]);
});
