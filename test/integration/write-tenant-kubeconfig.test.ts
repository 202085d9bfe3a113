import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeTenantKubeconfig } from '../../src/write-tenant-kubeconfig.ts';

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'k3v-tenant-'))));
afterEach(async () => await rm(root, { recursive: true }));

it("the tenant's kubeconfig is written where the flag says", async () => {
  await writeTenantKubeconfig(join(root, 'a', 'kubeconfig.yaml'), 'kind: Config');
  expect(await readFile(join(root, 'a', 'kubeconfig.yaml'), 'utf8')).toBe('kind: Config');
});

it('a path that cannot be written is the fault of the flag, not a bug', async () => {
  await writeFile(join(root, 'file'), '');
  const path = join(root, 'file', 'kubeconfig.yaml');
  await expect(writeTenantKubeconfig(path, 'kind: Config')).rejects.toMatchObject({
    code: 'FLAG_INVALID',
    message: expect.stringContaining(`--write-kubeconfig ${path}`),
  });
  await expect(writeTenantKubeconfig(root, 'kind: Config')).rejects.toMatchObject({ code: 'FLAG_INVALID' });
  expect(await readdir(root)).toEqual(['file']);
});
