import { link, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const program = join(import.meta.dirname, '../../packaging/binary/package.ts');
const wine = ['/usr/lib/wine/wine64', '/usr/bin/wine64'].find((path) => existsSync(path));

const reason = wine === undefined ? ' (not here: wine64 is not installed)' : '';
describe.skipIf(wine === undefined)(`k3v-win-x64.exe under wine${reason}`, () => {
  let folder: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-wine-'));
    await mkdir(join(folder, 'prefix'));
    env = { WINEPREFIX: join(folder, 'prefix'), WINEARCH: 'win64', WINEDEBUG: '-all' };
    await execa(process.execPath, [program, 'win-x64', '--with-distro', 'none', '--output-dir', folder]);
    // Node runs on no older one.
    await execa(wine ?? '', ['winecfg', '-v', 'win10'], { env, stdio: 'ignore' });
  });
  afterAll(async () => {
    await execa(wine ?? '', ['wineboot', '--end-session', '--shutdown'], { env, stdio: 'ignore', reject: false });
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  const k3v = async (...args: string[]) => await run('k3v-win-x64.exe', ...args);

  async function run(file: string, ...args: string[]) {
    // Into files: wine hands on no pipes that Node takes.
    const script = 'exec "$@" </dev/null >out 2>err';
    const command = ['-c', script, 'sh', wine ?? '', join(folder, file), ...args];
    const { exitCode } = await execa('sh', command, { cwd: folder, env, reject: false });
    const [out, err] = [join(folder, 'out'), join(folder, 'err')];
    return { exitCode, stdout: await readFile(out, 'utf8'), stderr: await readFile(err, 'utf8') };
  }

  it('says its version', async () => {
    expect(await k3v('version')).toEqual({ exitCode: 0, stdout: `k3v ${manifest.version}\n`, stderr: '' });
  });

  it('shows its help, and refuses a flag that there is not', async () => {
    expect((await k3v('--help')).stdout).toContain(
      'Runs a virtual Kubernetes cluster in one namespace of a host cluster.',
    );
    const { exitCode, stderr } = await k3v('--bogus');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('"code":"FLAG_UNKNOWN"');
  });

  it('is k3k as k3k.exe, which install.ps1 links to it', async () => {
    await link(join(folder, 'k3v-win-x64.exe'), join(folder, 'k3k.exe'));
    expect((await run('k3k.exe', '--help')).stdout).toMatch(/^k3k cluster <command>/);
    const { exitCode, stderr } = await run('k3k.exe', 'cluster', 'create', '--kubeconfig', 'missing.yaml');
    expect(stderr).toContain('"msg":"k3k cluster create needs the name of a cluster"');
    expect(exitCode).toBe(1);
  });

  it('prints the licences that it carries', async () => {
    expect((await k3v('licenses')).stdout).toContain('The LevelDB Authors');
  });

  it('opens its state with the LevelDB that it carries, unpacked into the local folder of the user', async () => {
    const { exitCode, stderr } = await k3v('--kubeconfig', 'missing.yaml');
    expect(stderr).toContain('"code":"HOST_CONFIG_MISSING"');
    expect(exitCode).toBe(1);
    expect(existsSync(join(folder, 'k3v-data/state/CURRENT'))).toBe(true);
    const users = join(folder, 'prefix/drive_c/users');
    const { stdout } = await execa('find', [users, '-path', '*/AppData/Local/k3v/bundle/level-*/classic-level.node']);
    expect(stdout.split('\n').filter(Boolean)).toHaveLength(1);
  });
});
