import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ImageEntry } from '../../packaging/image/image-archive.ts';
import { initScript } from '../../packaging/image/init.ts';
import { moduleDirectory } from '../../src/control-plane/module-directory.ts';
import { fileExists } from '../../src/file-exists.ts';
import { bundleK3v } from './bundle-k3v.ts';
import { archiveOf, layeredArchive } from './images.ts';
import { machinePrograms } from './machine-programs.ts';
import type { HostPrograms } from './programs.ts';

/** Names of images of k3v and of what its clusters need, which are made of this checkout. */
export const k3vImages = { k3v: 'docker.io/library/k3v:test', etcd: 'docker.io/library/etcd:test' } as const;

const user = 65_532;
const init = 'usr/local/lib/k3v/init';
const place = 'opt/k3v';
const cache = `${place}/cache`;
const carried = ['kube-apiserver', 'kube-controller-manager', 'kine'] as const;

/**
 * Returns the archive, in `folder`, of an image that behaves as that of `npm run image` does, made in seconds: this checkout as one bundle, with Node and libraries of
 * this machine, and the programs of the control plane where k3v looks for what it has built. There is neither Go nor anything to write to but `/data` and `/tmp`.
 */
export async function makeK3vImage(programs: HostPrograms, folder: string): Promise<string> {
  const node = join(import.meta.dirname, '../../node_modules/node/bin/node');
  const lower: ImageEntry[] = [
    ...(await machinePrograms({ 'bin/sh': 'dash', 'usr/local/bin/node': node })),
    { path: 'etc/nsswitch.conf', text: 'hosts: files dns\n' },
    { path: 'etc/passwd', text: `root:x:0:0:root:/:/bin/false\nk3v:x:${user}:${user}:k3v:/data:/bin/false\n` },
    { path: 'etc/group', text: `root:x:0:\nk3v:x:${user}:\n` },
    ...['dev', 'proc', 'run', 'sys'].map((path) => ({ path })),
    ...carried.map((name) => builtProgram(programs, name)),
    ...(await machinePrograms({ 'tmp/kine': programs.kine })).filter(({ path }) => path !== 'tmp/kine'),
  ];
  const own: ImageEntry[] = [
    ...(await filesIn(await bundledIn(folder), `${place}/lib`)),
    ...(await filesIn(await moduleDirectory('kubernetes'), `${place}/distro/kubernetes`)),
    ...(await filesIn(await moduleDirectory('kine'), `${place}/distro/kine`)),
    { path: init, text: initScript },
    {
      path: 'usr/local/bin/k3v',
      text: `#!/bin/sh\nexec node /${place}/lib/main.mjs "$@"\n`,
      mode: 0o755,
    },
  ];
  const writable: ImageEntry[] = [
    { path: 'data', mode: 0o700 },
    { path: 'tmp', mode: 0o1777 },
  ];
  return await layeredArchive(
    {
      names: [k3vImages.k3v],
      entrypoint: ['/bin/sh', `/${init}`, '/usr/local/bin/k3v'],
      user: `${user}:${user}`,
      env: ['HOME=/data', `XDG_CACHE_HOME=/${cache}`],
      workingDir: '/data',
      layers: [{ entries: lower }, { owner: user, entries: writable }, { entries: own }],
    },
    folder,
  );
}

/** Returns the archive, in `folder`, of an image of etcd, made of its server alone. */
export async function makeEtcdImage(etcd: string, folder: string): Promise<string> {
  const entries: ImageEntry[] = [
    { path: 'usr/local/bin/etcd', file: etcd },
    ...['dev', 'etc', 'proc', 'run', 'sys', 'data'].map((path) => ({ path })),
    { path: 'tmp', mode: 0o1777 },
  ];
  return await archiveOf({ names: [k3vImages.etcd], entrypoint: ['etcd'], user: `${user}:${user}`, entries }, folder);
}

type Program = (typeof carried)[number];

/** Where `buildGoPrograms` finds it: the names of the folders above it are what counts. */
function builtProgram(programs: Pick<HostPrograms, Program>, name: Program): ImageEntry {
  const file = programs[name];
  return { path: `${cache}/k3v/build/${basename(dirname(file))}/${name}`, file };
}

/** Returns a folder with the bundle; of the same content it is the same folder. */
async function bundledIn(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const made = await mkdtemp(join(folder, 'k3v-'));
  try {
    await bundleK3v(made);
    const hash = createHash('sha256');
    for (const name of (await readdir(made)).toSorted())
      hash.update(`${name}\0`).update(await readFile(join(made, name)));
    const kept = join(folder, `k3v-${hash.digest('hex').slice(0, 12)}`);
    if (!(await fileExists(kept))) await rename(made, kept);
    return kept;
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function filesIn(folder: string, path: string): Promise<ImageEntry[]> {
  const names = (await readdir(folder)).toSorted();
  return names.map((name) => ({ path: `${path}/${name}`, file: join(folder, name), mode: 0o644 }));
}
