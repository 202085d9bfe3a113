import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { fileExists } from '../../src/file-exists.ts';
import type { HostPrograms } from './programs.ts';

/** Returns the folder of a containerd image store with `archives` in it; one made before from the same archives is taken as it is. */
export async function importImages(archives: string[], programs: HostPrograms, cacheDir: string): Promise<string> {
  const hash = createHash('sha256')
    .update(JSON.stringify([archives, programs.containerd]))
    .digest('hex');
  const store = join(cacheDir, `store-${hash.slice(0, 12)}`);
  if (await fileExists(store)) return store;
  const unfinished = `${store}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const script = join(import.meta.dirname, 'box', 'import-images.sh');
  const unshare = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private', '--'];
  await execa('unshare', [...unshare, script, unfinished, ...archives], {
    env: { CONTAINERD: programs.containerd, CTR: programs.ctr },
    stdin: 'ignore',
  });
  await rename(unfinished, store);
  return store;
}

/** Gives a node its own image store: files are shared by hard links, but for the databases, which change. */
export async function copyImageStore(store: string, target: string): Promise<void> {
  await execa('cp', ['-al', `${store}/.`, target]);
  for (const entry of await readdir(store, { recursive: true })) {
    if (!entry.endsWith('.db')) continue;
    await rm(join(target, entry));
    await copyFile(join(store, entry), join(target, entry));
  }
}
