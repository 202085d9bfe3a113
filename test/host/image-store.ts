import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { fileExists } from '../../src/file-exists.ts';
import type { HostPrograms } from './programs.ts';

const keptMs = 3 * 24 * 60 * 60 * 1000;

/**
 * Returns the folder of a containerd image store with `archives` in it, and then `more`, of which those win that have a name that is there; one made before from the
 * same archives is taken as it is.
 */
export async function importImages(
  archives: readonly string[],
  more: readonly string[],
  programs: HostPrograms,
  cacheDir: string,
): Promise<string> {
  const base = join(cacheDir, `store-${hashOf([archives, programs.containerd])}`);
  await makeStore(base, async (store) => await importInto(store, archives, programs));
  if (more.length === 0) return base;
  // What changes with each change of k3v does not cost the others again.
  const whole = join(cacheDir, `more-${hashOf([basename(base), more])}`);
  await makeStore(whole, async (store) => {
    await removeOutdated(cacheDir);
    await copyImageStore(base, store);
    await importInto(store, more, programs);
  });
  return whole;
}

function hashOf(what: unknown): string {
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 12);
}

/** It is there whole or not at all. */
async function makeStore(store: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  if (await fileExists(store)) return;
  const unfinished = `${store}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await fill(unfinished);
  await rename(unfinished, store);
}

async function importInto(store: string, archives: readonly string[], programs: HostPrograms): Promise<void> {
  const script = join(import.meta.dirname, 'box', 'import-images.sh');
  const unshare = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private', '--'];
  await execa('unshare', [...unshare, script, store, ...archives], {
    env: { CONTAINERD: programs.containerd, CTR: programs.ctr },
    stdin: 'ignore',
  });
}

/** Removes what was made days ago of images that change with k3v: each change leaves some hundred megabytes. */
async function removeOutdated(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!/^(more|k3v)-/.test(name)) continue;
    const path = join(cacheDir, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > keptMs) await rm(path, { recursive: true, force: true });
  }
}

/** Copies a store that nothing writes to any more: files are shared by hard links, but for the databases, which change. */
export async function copyImageStore(store: string, target: string): Promise<void> {
  await execa('cp', ['-al', `${store}/.`, target]);
  for (const entry of await readdir(store, { recursive: true })) {
    if (!entry.endsWith('.db')) continue;
    await rm(join(target, entry));
    await copyFile(join(store, entry), join(target, entry));
  }
}
