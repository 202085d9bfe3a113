import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from '../../src/bundle/bundle.ts';
import { partFolder, unpackPart } from '../../src/bundle/unpack-part.ts';
import { silentProgress } from '../../src/progress.ts';
import { showLicences } from '../../src/show-licences.ts';
import { version } from '../../src/version.ts';
import { bundleOf } from '../binary/bundle-of.ts';
import { type DebianPackages, certificateBundle, debianFiles, isLicence } from './debian-files.ts';
import { type Image, type ImageEntry, writeImageArchive } from './image-archive.ts';
import { initScript } from './init.ts';

/** The user of the image, who owns `/data` and `/tmp` and nothing else: Kubernetes' `runAsNonRoot` wants a number. */
const user = 65_532;
const unpacked = 'usr/local/lib/k3v';

const isLibrary = (path: string) => /^(usr\/)?lib/.test(path) && !path.includes('/gconv/');

/** What the file of k3v needs beside it: the libraries of Node, a shell that is process 1 and guards its children, and authorities for downloads. */
const packages: DebianPackages = {
  // Of a merged /usr it has the links.
  'base-files': (path) => /^(bin|lib\w*)$/.test(path) || path.endsWith('/os-release') || isLicence(path),
  'ca-certificates': (path) => path.startsWith('usr/share/ca-certificates/') || isLicence(path),
  dash: (path) => path.startsWith('bin/') || path.startsWith('usr/bin/') || isLicence(path),
  libc6: (path) => isLibrary(path) || isLicence(path),
  'libgcc-s1': (path) => isLibrary(path) || isLicence(path),
  'libstdc++6': (path) => isLibrary(path) || isLicence(path),
};

/** For example `{ amd64: 'dist/k3v-linux-x64' }`. */
export type FilesByArchitecture = Readonly<Record<string, string>>;

/**
 * Writes the container image of k3v, one for all architectures of `files`, as an archive. It runs as user 65532 on a root file system that
 * may be read-only; what it writes lies in `/data`. Without Docker or root; needs what `debianFiles` does.
 */
export async function writeK3vImage(name: string, files: FilesByArchitecture, archive: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'k3v-image-'));
  try {
    const variants: Image[] = [];
    for (const [architecture, file] of Object.entries(files)) {
      const folder = join(work, architecture);
      await mkdir(folder);
      const base = await debianFiles(packages, architecture, folder);
      const bundle = await bundleOf(file);
      const parts = await unpackedParts(bundle, folder);
      variants.push(await k3vImage(name, { architecture, bundle, parts, base }));
    }
    const [first, ...others] = variants;
    if (!first) throw new Error('no file of k3v for Linux to make an image of: run npm run package first');
    await writeImageArchive([first, ...others], archive);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Returns all that the file unpacks, as it would: pods of one node then share it, on the disk and in memory, and a pod that comes back without its volume
 * has it at once.
 */
async function unpackedParts(bundle: Bundle, folder: string): Promise<ImageEntry[]> {
  const { signal } = new AbortController();
  const entries: ImageEntry[] = [];
  for (const part of bundle.parts) {
    if (part.name === 'licences') continue;
    const made = await unpackPart(bundle, part, { cacheDir: folder, progress: silentProgress }, signal);
    for (const { name, mode } of part.files) {
      const path = join(partFolder(unpacked, part), name);
      entries.push({ path, file: join(made, name), mode: mode & 0o100 ? 0o755 : 0o644 });
    }
  }
  return entries;
}

async function k3vImage(
  name: string,
  {
    architecture,
    bundle,
    parts,
    base,
  }: Record<'parts' | 'base', ImageEntry[]> & { architecture: string; bundle: Bundle },
): Promise<Image> {
  const lower: ImageEntry[] = [
    ...base.filter(({ path }) => !path.startsWith('usr/share/ca-certificates/')),
    await certificateBundle(base),
    { path: 'etc/nsswitch.conf', text: 'hosts: files dns\n' },
    { path: 'etc/passwd', text: `root:x:0:0:root:/:/bin/false\nk3v:x:${user}:${user}:k3v:/data:/bin/false\n` },
    { path: 'etc/group', text: `root:x:0:\nk3v:x:${user}:\n` },
    ...['dev', 'proc', 'run', 'sys'].map((path) => ({ path })),
  ];
  return {
    names: [name],
    architecture,
    entrypoint: ['/bin/sh', '/usr/local/lib/k3v/init', '/usr/local/bin/k3v'],
    user: `${user}:${user}`,
    env: ['HOME=/data', 'XDG_CACHE_HOME=/data/cache', `K3V_UNPACKED=/${unpacked}`],
    workingDir: '/data',
    labels: {
      'org.opencontainers.image.title': 'k3v',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    },
    compressed: true,
    layers: [
      { entries: lower },
      {
        owner: user,
        entries: [
          { path: 'data', mode: 0o700 },
          { path: 'tmp', mode: 0o1777 },
        ],
      },
      {
        entries: [
          { path: 'usr/local/bin/k3v', file: bundle.file },
          { path: 'usr/local/bin/k3k', linkTo: 'k3v' },
          ...parts,
          { path: 'usr/local/lib/k3v/init', text: initScript },
          // Where those of the Debian packages lie.
          { path: 'usr/share/doc/k3v/copyright', text: showLicences(bundle) },
        ],
      },
    ],
  };
}
