import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomically } from '../../src/write-file-atomically.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'k3v-atomic-'));
});

afterEach(() => rm(directory, { recursive: true }));

describe('a file written atomically', () => {
  it('is readable by its owner only, in a folder that is made if need be', async () => {
    const path = join(directory, 'new', 'secret');
    await writeFileAtomically(path, 'content');
    expect(await readFile(path, 'utf8')).toBe('content');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('replaces an older one whatever its mode was', async () => {
    const path = join(directory, 'kubeconfig.yaml');
    await writeFile(path, 'old', { mode: 0o644 });
    await writeFileAtomically(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is never seen half, however many write it', async () => {
    const path = join(directory, 'shared');
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(100_000));
    await Promise.all(texts.map((text) => writeFileAtomically(path, text)));
    expect(texts).toContain(await readFile(path, 'utf8'));
    expect(await readdir(directory)).toEqual(['shared']);
  });

  it('leaves nothing behind when it cannot be written', async () => {
    await mkdir(join(directory, 'taken'));
    await expect(writeFileAtomically(join(directory, 'taken'), 'content')).rejects.toThrow('EISDIR');
    expect(await readdir(directory)).toEqual(['taken']);
  });
});
