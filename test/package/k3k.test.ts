import { cp, link, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { type BareRoot, bareRootUnavailable, makeBareRoot } from '../support/bare-root.ts';

const program = join(import.meta.dirname, '../../packaging/binary/package.ts');
const target = 'k3v-linux-x64';
const unavailable = process.arch === 'x64' ? bareRootUnavailable() : `it needs x64, this is ${process.arch}`;

const reason = unavailable === undefined ? '' : ` (not here: ${unavailable})`;
describe.skipIf(unavailable !== undefined)(`${target} as k3k${reason}`, () => {
  let folder: string;
  let bare: BareRoot;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-k3k-'));
    // What it carries has nothing to do with its name.
    await execa(process.execPath, [program, 'linux-x64', '--with-distro', 'none', '--output-dir', folder]);
    bare = await makeBareRoot([join(folder, target)]);
  });
  afterAll(async () => {
    await bare?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  describe.each([
    // As install.sh and the image lay it down.
    { what: 'a symbolic link to it', lay: async (path: string) => await symlink(target, path) },
    // As install.ps1 does.
    { what: 'a hard link to it', lay: async (path: string) => await link(join(bare.folder, target), path) },
    { what: 'a copy of it', lay: async (path: string) => await cp(join(bare.folder, target), path) },
  ])('by $what', ({ lay }) => {
    beforeAll(async () => await lay(join(bare.folder, 'k3k')));
    afterAll(async () => await rm(join(bare.folder, 'k3k')));

    const k3k = async (...args: string[]) => await bare.run(['/bin/sh', '-c', 'PATH=/; exec k3k "$@"', 'sh', ...args]);

    it('shows clusters and policies first, by its own name', async () => {
      const { stdout, exitCode } = await k3k('--help');
      expect(stdout).toMatch(/^k3k cluster <command>/);
      expect(exitCode).toBe(0);
      expect((await k3k('cluster', 'create', '--help')).stdout).toContain(
        '  k3k cluster create --name example-cluster --token test',
      );
      expect((await bare.run(['/k3k', '--help'])).stdout).toBe(stdout);
    });

    it('says its version', async () => {
      expect(await k3k('version')).toEqual({ stdout: `k3v ${manifest.version}`, stderr: '', exitCode: 0 });
    });

    it('takes K3K’s line to make a cluster, and says what is missing for that', async () => {
      const line = ['cluster', 'create', '--name', 'example-cluster', '--token', 'test'];
      const { stderr, exitCode } = await k3k(...line);
      expect(JSON.parse(stderr)).toMatchObject({
        code: 'HOST_CONFIG_MISSING',
        msg: 'no kubeconfig of a host was given or found',
      });
      expect(exitCode).toBe(1);
      const missing = await k3k(...line, '--kubeconfig', '/missing.yaml');
      expect(JSON.parse(missing.stderr)).toMatchObject({
        code: 'HOST_CONFIG_MISSING',
        msg: 'the kubeconfig /missing.yaml cannot be read',
      });
    });

    it('names its commands as k3k has them where something is wrong with a line', async () => {
      const { stderr, exitCode } = await k3k('cluster', 'create');
      expect(JSON.parse(stderr)).toMatchObject({
        code: 'FLAG_INVALID',
        msg: 'k3k cluster create needs the name of a cluster',
        hint: 'k3k cluster list shows what there is.',
      });
      expect(exitCode).toBe(1);
      expect((await k3k('cluster', 'create', '--bogus')).stderr).toContain('See k3k cluster create --help.');
      expect((await k3k('bogus')).stderr).toContain('See k3k --help.');
    });
  });

  it('is k3v by its own name', async () => {
    expect((await bare.run([`/${target}`, '--help'])).stdout).toMatch(/^k3v \[flags\]/);
  });
});
