import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { execa } from 'execa';
import { sha256OfFile } from '../sha256-of-file.ts';

/** One entry of an image's file system; `path` has no leading slash. */
export type ImageEntry =
  /** Mode 0755 unless told. */
  | { path: string; file: string; mode?: number }
  /** Mode 0644 unless told. */
  | { path: string; text: string; mode?: number }
  | { path: string; linkTo: string }
  /** A folder; mode 0755 unless told. */
  | { path: string; mode?: number };

export interface ImageLayer {
  entries: ImageEntry[];
  /** User and group that own all of it. Default: 0. */
  owner?: number;
}

export interface Image {
  /** Full names, for example `docker.io/library/busybox:1.35`. */
  names: string[];
  /** In the words of OCI: `amd64`, `arm64`. Default: this machine's. */
  architecture?: string;
  entrypoint?: string[];
  command?: string[];
  /** Default: root. */
  user?: string;
  /** `NAME=value`, besides PATH. */
  env?: string[];
  /** Default: `/`. */
  workingDir?: string;
  labels?: Record<string, string>;
  /** Smaller, slower to write. Default: false. */
  compressed?: boolean;
  /** Lower ones first. */
  layers: ImageLayer[];
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
  platform?: { architecture: string; os: string };
}

const searchPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** The same input gives the same bytes. */
const tarFlags = ['--sort=name', '--mtime=@0', '--numeric-owner', '--format=gnu'];
const oci = (what: string) => `application/vnd.oci.image.${what}`;

/**
 * Writes one image, `variants` of it for each architecture, as an archive that `ctr images import`, `kind load image-archive`, skopeo and
 * `docker load` read: an OCI image layout (image-spec 1.1) with the `manifest.json` of `docker save` beside it. The same input gives the
 * same bytes. The file appears whole or not at all.
 */
export async function writeImageArchive(variants: readonly [Image, ...Image[]], file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const work = await mkdtemp(`${file}-`);
  try {
    const out = join(work, 'out');
    await mkdir(join(out, 'blobs/sha256'), { recursive: true });
    const written: WrittenVariant[] = [];
    for (const variant of variants) written.push(await writeVariant(variant, { work, out }));
    const { names } = variants[0];
    const whole = await wholeImage(written, out);
    const named = names.map((name) => ({ ...whole, annotations: nameAnnotations(name) }));
    const index = { schemaVersion: 2, mediaType: oci('index.v1+json'), manifests: named };
    await writeFile(join(out, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await writeFile(join(out, 'index.json'), JSON.stringify(index));
    await writeFile(join(out, 'manifest.json'), JSON.stringify(dockerManifest(written, names)));
    await tar(out, join(work, 'image.tar'), 0);
    await rename(join(work, 'image.tar'), file);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface WrittenVariant {
  manifest: Descriptor;
  config: Descriptor;
  layers: Descriptor[];
  architecture: string;
}

async function writeVariant(image: Image, { work, out }: { work: string; out: string }): Promise<WrittenVariant> {
  const architecture = image.architecture ?? machine();
  const layers: Descriptor[] = [];
  const diffIds: string[] = [];
  for (const layer of image.layers) {
    const { descriptor, diffId } = await writeLayer(layer, { work, out, compressed: image.compressed ?? false });
    layers.push(descriptor);
    diffIds.push(diffId);
  }
  const config = await writeJson(out, oci('config.v1+json'), imageConfig(image, architecture, diffIds));
  const manifest = await writeJson(out, oci('manifest.v1+json'), {
    schemaVersion: 2,
    mediaType: oci('manifest.v1+json'),
    config,
    layers,
  });
  return { manifest: { ...manifest, platform: { architecture, os: 'linux' } }, config, layers, architecture };
}

/** The manifest, or an index of them where there are several. */
async function wholeImage(variants: readonly WrittenVariant[], out: string): Promise<Descriptor> {
  const manifests = variants.map(({ manifest }) => manifest);
  const [only, ...others] = manifests;
  if (only && others.length === 0) return only;
  const mediaType = oci('index.v1+json');
  return await writeJson(out, mediaType, { schemaVersion: 2, mediaType, manifests });
}

/** The names under which containerd (the first) and other readers of OCI layouts find an image. */
function nameAnnotations(name: string): Record<string, string> {
  return { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
}

/** Docker knows one architecture for each archive: this machine's, or the first. */
function dockerManifest(variants: readonly WrittenVariant[], names: readonly string[]): object[] {
  const own = variants.find(({ architecture }) => architecture === machine()) ?? variants[0];
  if (!own) return [];
  return [{ Config: blobPath(own.config), RepoTags: names, Layers: own.layers.map(blobPath) }];
}

async function writeLayer(
  { entries, owner = 0 }: ImageLayer,
  { work, out, compressed }: { work: string; out: string; compressed: boolean },
): Promise<{ descriptor: Descriptor; diffId: string }> {
  const [root, plain, packed] = [join(work, 'root'), join(work, 'layer.tar'), join(work, 'layer.tar.gz')];
  await mkdir(root);
  for (const entry of entries) await lay(root, entry);
  await tar(root, plain, owner);
  await rm(root, { recursive: true });
  const diffId = `sha256:${await sha256OfFile(plain)}`;
  if (compressed) await pipeline(createReadStream(plain), createGzip({ level: 9 }), createWriteStream(packed));
  const file = compressed ? packed : plain;
  const digest = compressed ? `sha256:${await sha256OfFile(file)}` : diffId;
  const mediaType = oci(`layer.v1.tar${compressed ? '+gzip' : ''}`);
  const descriptor = { mediaType, digest, size: (await stat(file)).size };
  await rename(file, join(out, blobPath(descriptor)));
  await rm(plain, { force: true });
  return { descriptor, diffId };
}

async function lay(root: string, entry: ImageEntry): Promise<void> {
  const target = join(root, entry.path);
  await mkdir(dirname(target), { recursive: true });
  if ('file' in entry) {
    await copyFile(entry.file, target);
    await chmod(target, entry.mode ?? 0o755);
  } else if ('text' in entry) {
    await writeFile(target, entry.text);
    await chmod(target, entry.mode ?? 0o644);
  } else if ('linkTo' in entry) {
    await symlink(entry.linkTo, target);
  } else {
    await mkdir(target, { recursive: true });
    await chmod(target, entry.mode ?? 0o755);
  }
}

async function tar(folder: string, file: string, owner: number): Promise<void> {
  // Not `.`: each layer would say anew whose the root folder is.
  const names = (await readdir(folder)).toSorted();
  await execa('tar', [...tarFlags, `--owner=${owner}`, `--group=${owner}`, '-C', folder, '-cf', file, ...names]);
}

function imageConfig(image: Image, architecture: string, diffIds: readonly string[]): object {
  const { entrypoint, command, user, env = [], workingDir = '/', labels } = image;
  return {
    architecture,
    os: 'linux',
    config: {
      Env: [searchPath, ...env],
      Entrypoint: entrypoint,
      Cmd: command,
      User: user,
      WorkingDir: workingDir,
      Labels: labels,
    },
    rootfs: { type: 'layers', diff_ids: diffIds },
  };
}

function machine(): string {
  const architectures: Record<string, string> = { x64: 'amd64' };
  return architectures[arch()] ?? arch();
}

async function writeJson(out: string, mediaType: string, value: object): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const descriptor = { mediaType, digest, size: Buffer.byteLength(text) };
  await writeFile(join(out, blobPath(descriptor)), text);
  return descriptor;
}

function blobPath({ digest }: Descriptor): string {
  return `blobs/${digest.replace(':', '/')}`;
}
