import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** One entry of an image's file system; `path` has no leading slash. */
export type ImageEntry =
  /** Mode 0755 unless told. */
  | { path: string; file: string; mode?: number }
  | { path: string; text: string }
  | { path: string; linkTo: string }
  /** A folder; mode 0755 unless told. */
  | { path: string; mode?: number };

export interface Image {
  /** Full names, for example `docker.io/library/busybox:1.35`. */
  names: string[];
  entrypoint?: string[];
  command?: string[];
  /** Default: root. */
  user?: string;
  entries: ImageEntry[];
}

const searchPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** The same input gives the same bytes. */
const tarFlags = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];

/**
 * Writes `image` as an archive that `docker load` and `ctr images import` read: see "Image JSON Description" v1.2 of
 * github.com/moby/docker-image-spec. The file appears whole or not at all.
 */
export async function writeImageArchive(image: Image, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const work = await mkdtemp(`${file}-`);
  try {
    const [root, out] = [join(work, 'root'), join(work, 'out')];
    await Promise.all([mkdir(root), mkdir(out)]);
    for (const entry of image.entries) await lay(root, entry);
    await execa('tar', [...tarFlags, '-C', root, '-cf', join(out, 'layer.tar'), '.']);
    const config = JSON.stringify(imageConfig(image, await sha256(join(out, 'layer.tar'))));
    const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
    const manifest = [{ Config: configName, RepoTags: image.names, Layers: ['layer.tar'] }];
    await writeFile(join(out, configName), config);
    await writeFile(join(out, 'manifest.json'), JSON.stringify(manifest));
    await execa('tar', [...tarFlags, '-C', out, '-cf', join(work, 'image.tar'), '.']);
    await rename(join(work, 'image.tar'), file);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function lay(root: string, entry: ImageEntry): Promise<void> {
  const target = join(root, entry.path);
  await mkdir(dirname(target), { recursive: true });
  if ('file' in entry) {
    await copyFile(entry.file, target);
    await chmod(target, entry.mode ?? 0o755);
  } else if ('text' in entry) {
    await writeFile(target, entry.text, { mode: 0o644 });
  } else if ('linkTo' in entry) {
    await symlink(entry.linkTo, target);
  } else {
    await mkdir(target, { recursive: true });
    await chmod(target, entry.mode ?? 0o755);
  }
}

function imageConfig({ entrypoint, command, user }: Image, layerDigest: string): object {
  const architectures: Record<string, string> = { x64: 'amd64' };
  return {
    architecture: architectures[arch()] ?? arch(),
    os: 'linux',
    config: { Env: [searchPath], Entrypoint: entrypoint, Cmd: command, User: user, WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
  };
}

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
