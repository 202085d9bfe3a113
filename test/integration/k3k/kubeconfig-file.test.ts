import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeKubeconfig } from '../../../src/k3k/client/kubeconfig-file.ts';
import { eventually } from '../../support/eventually.ts';

const { signal } = new AbortController();
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-kubeconfig-'));
  file = join(folder, 'config');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const change = async (to: (text: string) => string, path = file) => await changeKubeconfig(path, to, signal);
const left = async () => (await readdir(folder)).toSorted();

describe('a kubeconfig of the user', () => {
  it('is made if it is not there, with its folder, for its owner alone', async () => {
    const path = join(folder, '.kube/config');
    await change((text) => `${text}new\n`, path);
    expect(await readFile(path, 'utf8')).toBe('new\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, '.kube'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, '.kube'))).toEqual(['config']);
  });

  it('is for its owner alone once there is a key in it, and changed where a link leads', async () => {
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real/config'), 'old\n');
    await chmod(join(folder, 'real/config'), 0o644);
    await symlink('real/config', file);
    await change((text) => `${text}new\n`);
    expect(await readFile(join(folder, 'real/config'), 'utf8')).toBe('old\nnew\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'real'))).toEqual(['config']);
  });

  it('is as it was if nothing can be added to it, and the error says where and why', async () => {
    await writeFile(file, 'broken');
    const refused = change(() => {
      throw new Error('it is no map');
    });
    await expect(refused).rejects.toMatchObject({
      code: 'FLAG_INVALID',
      message: `--merge: nothing can be added to ${file}: it is no map`,
    });
    expect(await readFile(file, 'utf8')).toBe('broken');
    expect(await left()).toEqual(['config']);
  });

  it('that is no file is an error that says so', async () => {
    await mkdir(file);
    await expect(change((text) => text)).rejects.toMatchObject({
      code: 'FLAG_INVALID',
      message: expect.stringContaining(`--merge: ${file} cannot be changed: EISDIR`),
    });
    expect(await left()).toEqual(['config']);
  });

  it('is changed by many at once, and nothing of any of them is lost', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `cluster-${index}`);
    await Promise.all(names.map(async (name) => await change((text) => `${text}${name}\n`)));
    expect((await readFile(file, 'utf8')).trim().split('\n').toSorted()).toEqual(names.toSorted());
    expect(await left()).toEqual(['config']);
  });

  it('is waited for while kubectl holds its lock', async () => {
    await writeFile(`${file}.lock`, '');
    let isChanged = false;
    const waiting = change(() => 'new\n').then(() => (isChanged = true));
    await eventually(async () => expect(await left()).toEqual(['config.lock']));
    expect(isChanged).toBe(false);
    await rm(`${file}.lock`);
    await waiting;
    expect(await readFile(file, 'utf8')).toBe('new\n');
  });

  it('whose lock nobody takes away is an error that names it', async () => {
    await writeFile(`${file}.lock`, '');
    const interrupted = AbortSignal.abort();
    await expect(changeKubeconfig(file, (text) => text, interrupted)).rejects.toMatchObject({
      code: 'FLAG_INVALID',
      message: expect.stringContaining(`there is ${file}.lock, since 20`),
    });
    expect(await left()).toEqual(['config.lock']);
  });
});
