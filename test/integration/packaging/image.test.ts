import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Image, writeImageArchive } from '../../../packaging/image/image-archive.ts';
import { writeK3vImage } from '../../../packaging/image/k3v-image.ts';
import { packFile } from '../../support/packed-file.ts';

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  platform?: { architecture: string };
  annotations?: Record<string, string>;
}

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'k3v-image-test-'));
});
afterAll(async () => await rm(work, { recursive: true }));

/** What a reader of OCI layouts finds: every digest and size is checked on the way. */
async function readArchive(archive: string) {
  const folder = await mkdtemp(join(work, 'unpacked-'));
  await execa('tar', ['-xf', archive, '-C', folder]);
  const json = async <T>(path: string) => JSON.parse(await readFile(join(folder, path), 'utf8')) as T;
  const blob = async (descriptor: Descriptor) => {
    const bytes = await readFile(join(folder, 'blobs', descriptor.digest.replace(':', '/')));
    expect(bytes.length).toBe(descriptor.size);
    expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(descriptor.digest);
    return bytes;
  };
  const blobJson = async <T>(descriptor: Descriptor) => JSON.parse((await blob(descriptor)).toString()) as T;
  const variantOf = async (descriptor: Descriptor) => {
    const manifest = await blobJson<{ config: Descriptor; layers: Descriptor[] }>(descriptor);
    const config = await blobJson<{
      architecture: string;
      config: Record<string, unknown>;
      rootfs: { diff_ids: string[] };
    }>(manifest.config);
    const layers = [];
    for (const [index, layer] of manifest.layers.entries()) {
      const bytes = await blob(layer);
      const plain = layer.mediaType.endsWith('+gzip') ? gunzipSync(bytes) : bytes;
      const diffId = `sha256:${createHash('sha256').update(plain).digest('hex')}`;
      expect(diffId).toBe(config.rootfs.diff_ids[index]);
      layers.push(await listTar(plain));
    }
    return { ...config, layers, manifest };
  };
  const { manifests } = await json<{ manifests: [Descriptor, ...Descriptor[]] }>('index.json');
  const [first] = manifests;
  const ofAll = first.mediaType.endsWith('index.v1+json')
    ? (await blobJson<{ manifests: Descriptor[] }>(first)).manifests
    : [first];
  const variants = [];
  for (const each of ofAll) variants.push(await variantOf(each));
  const [docker] = await json<[{ Config: string; RepoTags: string[]; Layers: string[] }]>('manifest.json');
  return { manifests, platforms: ofAll.map(({ platform }) => platform), variants, docker };
}

/** `path owner/group mode` of each entry, by path. */
async function listTar(tar: Buffer): Promise<Map<string, string>> {
  const { stdout } = await execa('tar', ['--numeric-owner', '-tvf', '-'], { input: tar });
  return new Map(
    stdout.split('\n').map((line) => {
      const [mode = '', owner = '', , , , ...path] = line.split(/\s+/);
      return [path.join(' '), `${mode} ${owner}`];
    }),
  );
}

const machine = arch() === 'x64' ? 'amd64' : arch();

describe('an image archive', () => {
  const image: Image = {
    names: ['example.com/a:1', 'example.com/b:1'],
    entrypoint: ['/hello'],
    user: '7',
    layers: [
      {
        entries: [
          { path: 'etc/greeting', text: 'hello\n' },
          { path: 'bin/hello', linkTo: '/hello' },
        ],
      },
      { owner: 7, entries: [{ path: 'data', mode: 0o700 }] },
    ],
  };

  it('is an OCI image under each of its names, and the same to docker load', async () => {
    const file = join(work, 'a.tar');
    await writeImageArchive([image], file);
    const { manifests, platforms, variants, docker } = await readArchive(file);
    expect(manifests.map(({ annotations }) => annotations?.['io.containerd.image.name'])).toEqual(image.names);
    expect(new Set(manifests.map(({ digest }) => digest)).size).toBe(1);
    expect(platforms).toEqual([{ architecture: machine, os: 'linux' }]);
    expect(variants[0]?.config).toMatchObject({ Entrypoint: ['/hello'], User: '7', WorkingDir: '/' });
    expect(variants[0]?.layers.map((layer) => Object.fromEntries(layer))).toEqual([
      {
        'bin/': 'drwxr-xr-x 0/0',
        'bin/hello -> /hello': 'lrwxrwxrwx 0/0',
        'etc/': 'drwxr-xr-x 0/0',
        'etc/greeting': '-rw-r--r-- 0/0',
      },
      { 'data/': 'drwx------ 7/7' },
    ]);
    const blobs = [variants[0]?.manifest.config, ...(variants[0]?.manifest.layers ?? [])];
    expect([docker.Config, ...docker.Layers]).toEqual(blobs.map((blob) => `blobs/${blob?.digest.replace(':', '/')}`));
    expect(docker.RepoTags).toEqual(image.names);
  });

  it('is the same again byte for byte, and nothing is left beside it', async () => {
    const folder = await mkdtemp(join(work, 'again-'));
    for (const name of ['one.tar', 'two.tar'])
      await writeImageArchive([{ ...image, compressed: true }], join(folder, name));
    expect(await readFile(join(folder, 'one.tar'))).toEqual(await readFile(join(folder, 'two.tar')));
    expect((await readdir(folder)).toSorted()).toEqual(['one.tar', 'two.tar']);
  });

  it('that cannot be written is not there, nor is half of it', async () => {
    const folder = await mkdtemp(join(work, 'failed-'));
    const broken = { ...image, layers: [{ entries: [{ path: 'k3v', file: join(work, 'nowhere') }] }] };
    await expect(writeImageArchive([broken], join(folder, 'a.tar'))).rejects.toThrow('nowhere');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the image of k3v', () => {
  it('without a file to make it of is refused', async () => {
    await expect(writeK3vImage('k3v:test', {}, join(work, 'none.tar'))).rejects.toThrow('npm run package first');
  });

  it.runIf(existsSync('/usr/bin/apt-get'))(
    'on Debian, of its packages: holds both architectures, and runs without root',
    async () => {
      const files = { amd64: join(work, 'x64'), arm64: join(work, 'arm64') };
      const parts = { licences: 'of all that k3v carries', level: 'an addon' };
      await packFile(files.amd64, 'linux-x64', parts);
      await packFile(files.arm64, 'linux-arm64', parts);
      const archive = join(work, 'k3v.tar');
      await writeK3vImage('example.com/k3v:test', files, archive);
      const { platforms, variants } = await readArchive(archive);
      expect(platforms.map((platform) => platform?.architecture)).toEqual(['amd64', 'arm64']);
      for (const [index, tuple] of ['x86_64-linux-gnu', 'aarch64-linux-gnu'].entries()) {
        const { config, layers = [] } = variants[index] ?? {};
        expect(config).toMatchObject({
          Entrypoint: ['/bin/sh', '/usr/local/lib/k3v/init', '/usr/local/bin/k3v'],
          User: '65532:65532',
          WorkingDir: '/data',
        });
        const [base = new Map<string, string>(), own, program] = layers;
        const paths = [...base.keys()].join('\n');
        for (const library of [
          'libc.so.6',
          'libdl.so.2',
          'libgcc_s.so.1',
          'libm.so.6',
          'libpthread.so.0',
          'libstdc++.so.6',
        ]) {
          expect(paths).toContain(`lib/${tuple}/${library}`);
        }
        expect(base.has('etc/ssl/certs/ca-certificates.crt')).toBe(true);
        expect(base.has('var/lib/dpkg/status.d/libc6')).toBe(true);
        for (const name of ['base-files', 'ca-certificates', 'dash', 'libc6'])
          expect(base.has(`usr/share/doc/${name}/copyright`)).toBe(true);
        expect(paths).toMatch(/^usr\/share\/doc\/libstdc\+\+6 -> gcc-\d+-base$/m);
        expect(paths).toMatch(/^usr\/share\/doc\/gcc-\d+-base\/copyright$/m);
        expect(paths).toMatch(/bin\/sh -> dash/);
        expect([...base.values()].filter((entry) => !entry.endsWith(' 0/0'))).toEqual([]);
        expect(Object.fromEntries(own ?? [])).toEqual({
          'data/': 'drwx------ 65532/65532',
          'tmp/': 'drwxrwxrwt 65532/65532',
        });
        expect(program?.get('usr/local/bin/k3v')).toBe('-rwxr-xr-x 0/0');
        expect([...(program?.keys() ?? [])]).toContain('usr/local/bin/k3k -> k3v');
        const unpacked = [...(program?.keys() ?? [])].filter((path) => path.startsWith('usr/local/lib/k3v/bundle/'));
        expect(unpacked).toContainEqual(expect.stringMatching(/\/level-[0-9a-f]{16}\/level$/));
        expect(unpacked.join()).not.toContain('licences');
        expect(program?.get('usr/share/doc/k3v/copyright')).toBe('-rw-r--r-- 0/0');
      }
    },
    300_000,
  );
});
