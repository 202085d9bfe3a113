import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/make-folder.ts';

const program = join(import.meta.dirname, '../../bin/k3v');

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'k3v-folder-'))));
afterEach(async () => await rm(root, { recursive: true }));

describe('a folder', () => {
  it('is made with those above it, by several at once too', async () => {
    const path = join(root, 'a', 'b', 'c');
    await Promise.all([makeFolder(path, 0o700), makeFolder(path, 0o700), makeFolder(join(path, 'd'), 0o700)]);
    expect((await stat(join(path, 'd'))).mode & 0o777).toBe(0o700);
  });

  it('that is there, or that a link leads to, is left as it is', async () => {
    await mkdir(join(root, 'real'), { mode: 0o750 });
    await symlink(join(root, 'real'), join(root, 'link'));
    await makeFolder(join(root, 'link'), 0o700);
    await makeFolder(root, 0o700);
    expect((await stat(join(root, 'real'))).mode & 0o777).toBe(0o750);
  });

  it('is refused where a file stands', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(root, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

describe.skipIf(process.platform !== 'linux')('a data directory under /proc', () => {
  it('ends the start at once with one clear error', async () => {
    const args = [program, '--host', 'embedded', '--data-dir', '/proc/k3v'];
    const { stderr, exitCode } = await execa(process.execPath, args, {
      cwd: root,
      reject: false,
      timeout: 20_000,
      forceKillAfterDelay: false,
      killSignal: 'SIGKILL',
    });
    expect(JSON.parse(stderr)).toMatchObject({
      code: 'DATA_DIR_NOT_WRITABLE',
      msg: expect.stringContaining('/proc/k3v'),
    });
    expect(exitCode).toBe(1);
  });
});
