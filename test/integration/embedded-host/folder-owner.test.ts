import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identifyProcess } from '../../../src/control-plane/process-identity.ts';
import { claimFolder } from '../../../src/embedded-host/folder-owner.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-owner-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('a folder has one owner at a time', async () => {
  const release = await claimFolder(folder);
  await expect(claimFolder(folder)).rejects.toMatchObject({
    code: 'DATA_DIR_LOCKED',
    message: expect.stringContaining(String(process.pid)),
  });
  await release();
  await (await claimFolder(folder))();
});

test('the folder of a process that has died is free', async () => {
  const other = spawn('sleep', ['60']);
  const identity = await identifyProcess(other.pid ?? 0);
  await writeFile(join(folder, 'owner.json'), JSON.stringify(identity));
  await expect(claimFolder(folder)).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
  other.kill('SIGKILL');
  await once(other, 'exit');
  await (await claimFolder(folder))();
});
