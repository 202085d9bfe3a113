import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ReleaseServer, startReleaseServer } from '../../support/release-server.ts';

const script = join(import.meta.dirname, '../../../deploy/install.sh');
const machine = process.arch === 'arm64' ? 'arm64' : 'x64';
const system = process.platform === 'darwin' ? 'macos' : 'linux';
const file = `k3v-${system}-${machine}`;
const tools = [
  'sh',
  'awk',
  'chmod',
  'cut',
  'ln',
  'ls',
  'mkdir',
  'mktemp',
  'mv',
  'rm',
  'sha256sum',
  'uname',
  'curl',
  'wget',
];

let server: ReleaseServer;
let folder: string;

beforeAll(async () => {
  server = await startReleaseServer();
});
afterAll(async () => await server.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-install-'));
  await mkdir(join(folder, 'tools'));
  for (const tool of tools) await useTool(tool);
});
afterEach(async () => {
  server.files.clear();
  server.requests.length = 0;
  await rm(folder, { recursive: true });
});

async function useTool(tool: string): Promise<void> {
  const { stdout } = await execa('sh', ['-c', `command -v ${tool}`]);
  await symlink(stdout, join(folder, 'tools', tool));
}

/** Puts `text` in the place of a tool, as a shell script. */
async function replaceTool(tool: string, text: string): Promise<void> {
  await rm(join(folder, 'tools', tool), { force: true });
  await writeFile(join(folder, 'tools', tool), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

function program(version: string): Buffer {
  return Buffer.from(`#!/bin/sh\n[ "$1" = version ] && echo "k3v ${version}"\n`);
}

/** Serves a release under `path`, with the right sums or those of something else. */
function publish(path: string, body: Buffer, summed = body): void {
  const sum = createHash('sha256').update(summed).digest('hex');
  server.files.set(`${path}/${file}`, { body });
  server.files.set(`${path}/checksums.txt`, { body: Buffer.from(`${'0'.repeat(64)}  k3v-other\n${sum}  ${file}\n`) });
}

async function install(env: Record<string, string> = {}) {
  return await execa('sh', [script], {
    env: {
      PATH: join(folder, 'tools'),
      HOME: folder,
      K3V_RELEASES: server.url,
      K3V_INSTALL_DIR: join(folder, 'bin'),
      ...env,
    },
    extendEnv: false,
    reject: false,
  });
}

const versionOf = async (path = join(folder, 'bin/k3v')) => (await execa(path, ['version'])).stdout;

describe('install.sh', () => {
  it.each(['curl', 'wget'])('installs the latest release by %s, and says where', async (downloader) => {
    await rm(join(folder, 'tools', downloader === 'curl' ? 'wget' : 'curl'));
    publish('/latest/download', program('0.2.0'));
    const { exitCode, stderr } = await install();
    expect(stderr.split('\n')).toEqual([
      `Downloading ${server.url}/latest/download/${file}`,
      `Installed k3v 0.2.0 in ${folder}/bin/k3v`,
      `Add ${folder}/bin to your PATH.`,
    ]);
    expect(exitCode).toBe(0);
    expect(await versionOf()).toBe('k3v 0.2.0');
    expect((await stat(join(folder, 'bin/k3v'))).mode & 0o777).toBe(0o755);
    expect(await readdir(join(folder, 'bin'))).toEqual(['k3k', 'k3v']);
    expect(await readlink(join(folder, 'bin/k3k'))).toBe('k3v');
  });

  it("leaves a k3k alone that is somebody else's, and says so", async () => {
    publish('/latest/download', program('0.2.0'));
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin/k3k'), 'another');
    const { exitCode, stderr } = await install();
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('k3k is there already'),
    });
    expect(await readFile(join(folder, 'bin/k3k'), 'utf8')).toBe('another');
  });

  it.each(['0.1.5', 'v0.1.5'])('installs the release %s in place of another', async (version) => {
    publish('/latest/download', program('0.2.0'));
    publish('/download/v0.1.5', program('0.1.5'));
    await install();
    expect(await install({ K3V_VERSION: version })).toMatchObject({ exitCode: 0 });
    expect(await versionOf()).toBe('k3v 0.1.5');
  });

  it('installs by shasum where there is no sha256sum', async () => {
    publish('/latest/download', program('0.2.0'));
    const { stdout } = await execa('sh', ['-c', 'command -v sha256sum']);
    await rm(join(folder, 'tools/sha256sum'));
    await replaceTool('shasum', `[ "$1 $2" = '-a 256' ] && exec ${stdout} "$3"`);
    expect(await install()).toMatchObject({ exitCode: 0 });
  });

  describe.each([
    {
      what: 'a file that is not the one that was released',
      given: () => publish('/latest/download', program('6.6.6'), program('0.2.0')),
      says: /latest\/download\/\S+ is not what was released: its SHA-256 is \w{64}, not \w{64}; nothing was installed/,
    },
    {
      what: 'a release without a file for this machine',
      given: () => server.files.set('/latest/download/checksums.txt', { body: Buffer.from('') }),
      says: /has no sum of k3v-\w+-\w+: this release has no k3v for this machine/,
    },
    {
      what: 'a download that is cut',
      given: () => {
        publish('/latest/download', program('0.2.0'));
        server.files.set(`/latest/download/${file}`, { body: program('0.2.0'), fault: 'cut' });
      },
      says: /latest\/download\/\S+ could not be downloaded/,
    },
    {
      what: 'a release that does not exist',
      given: () => undefined,
      says: /checksums\.txt could not be downloaded: is the latest a release\?/,
    },
    {
      what: 'a file that does not run here',
      given: () => publish('/latest/download', Buffer.from('#!/bin/sh\nexit 1\n')),
      says: /does not run on this machine; nothing was installed/,
    },
  ])('given $what', ({ given, says }) => {
    it('says so, and leaves the one that is installed', async () => {
      await mkdir(join(folder, 'bin'));
      await writeFile(join(folder, 'bin/k3v'), program('0.1.0'), { mode: 0o755 });
      given();
      const { exitCode, stderr } = await install();
      expect(stderr).toMatch(says);
      expect(exitCode).toBe(1);
      expect(await versionOf()).toBe('k3v 0.1.0');
      expect(await readdir(join(folder, 'bin'))).toEqual(['k3v']);
    }, 60_000);
  });

  it.each([
    ['another system', 'uname', '[ "$1" = -s ] && echo FreeBSD || echo x86_64', /there is no k3v for FreeBSD/],
    ['another machine', 'uname', '[ "$1" = -s ] && echo Linux || echo riscv64', /there is no k3v for riscv64/],
  ])('downloads nothing on %s', async (_what, tool, text, says) => {
    await replaceTool(tool, text);
    const { exitCode, stderr } = await install();
    expect(stderr).toMatch(says);
    expect(exitCode).toBe(1);
    expect(server.requests).toEqual([]);
  });

  it.each([
    ['nothing that downloads', ['curl', 'wget'], /neither curl nor wget is installed/],
    ['nothing that sums', ['sha256sum'], /neither sha256sum nor shasum is installed/],
  ])('downloads nothing where there is %s', async (_what, missing, says) => {
    for (const tool of missing) await rm(join(folder, 'tools', tool));
    const { exitCode, stderr } = await install();
    expect(stderr).toMatch(says);
    expect(exitCode).toBe(1);
    expect(server.requests).toEqual([]);
  });

  it('refuses a folder that is none, and an address that anyone on the way could change', async () => {
    await writeFile(join(folder, 'bin'), '');
    expect(await install()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cannot be written') });
    const plain = await install({ K3V_RELEASES: 'http://releases.example' });
    expect(plain).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('begins with https://') });
    const unreleased = await install({ K3V_RELEASES: '' });
    expect(unreleased).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('set K3V_RELEASES') });
    expect(server.requests).toEqual([]);
  });

  it('chooses a folder of the user where it may not write for all', async () => {
    publish('/latest/download', program('0.2.0'));
    const text = await readFile(script, 'utf8');
    const local = join(folder, 'install.sh');
    await writeFile(local, text.replaceAll('/usr/local/bin', '/nowhere/bin'));
    await chmod(local, 0o755);
    const env = { PATH: join(folder, 'tools'), HOME: folder, K3V_RELEASES: server.url };
    const { stderr } = await execa('sh', [local], { env, extendEnv: false });
    expect(stderr).toContain(`Installed k3v 0.2.0 in ${folder}/.local/bin/k3v`);
  });
});
