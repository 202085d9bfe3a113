import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StatefulSet } from '../../../src/kube/types.ts';
import { virtualServers } from '../../../src/k3k/objects/virtual-servers.ts';
import { secretOfTexts } from '../../../src/k3k/secret-texts.ts';
import { contextOf } from '../../support/cluster-context.ts';

const files = ['server-ca', 'client-ca', 'request-header-ca'].flatMap((base) => [`${base}.crt`, `${base}.key`]);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3k-authorities-'));
  await mkdir(join(folder, 'authorities'));
  for (const name of [...files, 'service.key']) await writeFile(join(folder, 'authorities', name), `given ${name}`);
});
afterEach(async () => await rm(folder, { recursive: true }));

/** Runs what the servers of a cluster run before k3s, in `folder` instead of a container. */
async function lay() {
  const { cluster } = contextOf();
  const context = contextOf(
    { mode: 'virtual' },
    {
      token: secretOfTexts(cluster, 'token', { token: 'secret' }),
      authorities: secretOfTexts(cluster, 'ca', {}),
      service: { metadata: { name: 'k3k-one-service' }, spec: { clusterIPs: ['10.96.1.2'], ports: [{ port: 443 }] } },
    },
  );
  const set = virtualServers(context).find(({ kind }) => kind === 'StatefulSet') as StatefulSet;
  const [shell = '', ...args] = set.spec?.template.spec?.initContainers?.[0]?.command ?? [];
  const moved = args.map((arg) =>
    arg.replaceAll('/var/lib/rancher/k3s', join(folder, 'k3s')).replaceAll('/authorities/', `${folder}/authorities/`),
  );
  return await execa(shell, moved, { reject: false });
}
const laid = async (name: string) => await readFile(join(folder, 'k3s/server/tls', name), 'utf8');

it('the authorities lie where k3s looks for its own before its first start, for root alone', async () => {
  expect((await lay()).exitCode).toBe(0);
  for (const name of [...files, 'service.key']) expect(await laid(name)).toBe(`given ${name}`);
  expect((await stat(join(folder, 'k3s/server/tls/server-ca.key'))).mode & 0o077).toBe(0);
});

it('what is there stays, and a start that was broken off is gone on with', async () => {
  await mkdir(join(folder, 'k3s/server/tls'), { recursive: true });
  await writeFile(join(folder, 'k3s/server/tls/server-ca.crt'), 'before');
  await writeFile(join(folder, 'k3s/server/tls/server-ca.key.new'), 'half');
  expect((await lay()).exitCode).toBe(0);
  expect(await laid('server-ca.crt')).toBe('before');
  expect(await laid('server-ca.key')).toBe('given server-ca.key');
});

it('without one of them k3s is not started, which would make its own', async () => {
  await rm(join(folder, 'authorities/client-ca.key'));
  const { exitCode, stderr } = await lay();
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('client-ca.key');
});
