import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { type BareRoot, bareRootUnavailable, makeBareRoot } from '../support/bare-root.ts';
import { eventually } from '../support/eventually.ts';
import { kubectlProgram } from '../support/k3v-process.ts';

const root = join(import.meta.dirname, '../..');
const file = join(root, 'dist/k3v-linux-x64');
const unavailable = process.arch === 'x64' ? bareRootUnavailable() : `it needs x64, this is ${process.arch}`;

beforeAll(async () => {
  if (unavailable !== undefined) return;
  await rm(file, { force: true });
  await execa(process.execPath, [join(root, 'packaging/binary/package.ts'), 'linux-x64']);
});

const reason = unavailable === undefined ? '' : ` (not here: ${unavailable})`;
describe.skipIf(unavailable !== undefined)(
  `k3v-linux-x64 where there is no Node, no Go and no network${reason}`,
  () => {
    let bare: BareRoot;
    beforeAll(async () => {
      bare = await makeBareRoot([file]);
    });
    afterAll(async () => await bare.remove());
    const k3v = async (...args: string[]) => await bare.run(['/k3v-linux-x64', ...args]);
    const cached = async () => await readdir(join(bare.folder, 'home/.cache/k3v'), { recursive: true }).catch(() => []);

    it('says its version, and writes nothing', async () => {
      expect(await k3v('version')).toMatchObject({ stdout: `k3v ${manifest.version}`, stderr: '', exitCode: 0 });
      expect(await cached()).toEqual([]);
      expect(await readdir(join(bare.folder, 'work'))).toEqual([]);
    });

    it('prints the licences of what it carries, and writes nothing', async () => {
      const { stdout, exitCode } = await k3v('licenses');
      for (const name of [
        'Node 22.',
        'yaml ',
        'k8s.io/kubernetes v1.36.',
        'github.com/k3s-io/kine v',
        'sigs.k8s.io/kwok v',
      ])
        expect(stdout).toContain(`\n${name}`);
      expect(stdout).toContain('The LevelDB Authors');
      expect(exitCode).toBe(0);
      expect(await cached()).toEqual([]);
    });

    it('is k3k under that name', async () => {
      await symlink('k3v-linux-x64', join(bare.folder, 'k3k'));
      expect((await bare.run(['/k3k', '--help'])).stdout).toMatch(/^k3k cluster <command>/);
    });

    it('shows its help', async () => {
      const { stdout, exitCode } = await k3v('--help');
      expect(stdout).toContain('Runs a virtual Kubernetes cluster in one namespace of a host cluster.');
      expect(stdout).toContain('--datastore-endpoint');
      expect(exitCode).toBe(0);
    });

    it('prints the Role for the host', async () => {
      const fromSource = await execa(process.execPath, [join(root, 'bin/k3v'), 'host-role', '--namespace', 'team-a']);
      expect((await k3v('host-role', '--namespace', 'team-a')).stdout).toBe(fromSource.stdout);
    });

    it('opens its state with the LevelDB that it carries, unpacked into the cache of the user', async () => {
      const { stderr } = await k3v('--kubeconfig', '/missing.yaml', '--log-format', 'json');
      expect(stderr).toContain('"code":"HOST_CONFIG_MISSING"');
      expect(await readdir(join(bare.folder, 'work/k3v-data/state'))).toContain('CURRENT');
      expect(await cached()).toContainEqual(expect.stringMatching(/^bundle\/level-[0-9a-f]{16}\/classic-level\.node$/));
    });

    it('runs a virtual cluster on an embedded host, with the programs that it carries', async () => {
      const child = bare.start(['/k3v-linux-x64', '--host', 'embedded', '--log-format', 'json']);
      const ended = once(child, 'exit');
      let output = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
      try {
        await eventually(() => expect(output).toContain('"virtual cluster is up"'), { timeoutMs: 150_000 });
        const program = await kubectlProgram();
        const kubectl = async (...args: string[]) => {
          const kubeconfig = join(bare.folder, 'work/kubeconfig.yaml');
          const inside = ['--target', String(child.pid), '--net', program, '--kubeconfig', kubeconfig, ...args];
          return (await execa('nsenter', inside)).stdout;
        };
        expect(await kubectl('get', '--raw', '/readyz')).toBe('ok');
        await kubectl('create', 'configmap', 'greeting', '--from-literal=text=hello');
        expect(await kubectl('get', 'configmap', 'greeting', '-o', 'jsonpath={.data.text}')).toBe('hello');
        expect(await kubectl('get', 'nodes', '-o', 'name')).toContain('node/embedded-1');
        expect(output).toContain('"step":"unpacking kubernetes v');
        expect(output).toContain('"step":"unpacking embedded-host v');
        expect(output).toContain('it is the first that this machine can have; the packaged k3v carries it');
      } finally {
        await endInside(child.pid);
        await ended;
      }
      expect(child.exitCode).toBe(0);
    });

    it('does not begin to unpack where there is no room', async () => {
      const mounts = 'mkdir -p small && mount -t tmpfs -o size=50m none small';
      const { stderr, exitCode } = await bare.run(
        ['/k3v-linux-x64', '--host', 'embedded', '--data-dir', '/work/other'],
        {
          env: { XDG_CACHE_HOME: '/small' },
          mounts,
        },
      );
      expect(stderr).toContain('"code":"DISK_FULL"');
      expect(stderr).toMatch(/embedded-host v\S+ needs \d+ MB in \/small\/k3v\/bundle, and 5\d MB are free/);
      expect(exitCode).toBe(1);
    });

    it('says that the cache directory is noexec', async () => {
      const mounts = 'mkdir -p noexec && mount -t tmpfs -o noexec none noexec';
      const env = { XDG_CACHE_HOME: '/noexec' };
      const { stderr, exitCode } = await bare.run(['/k3v-linux-x64', '--data-dir', '/work/third'], { env, mounts });
      expect(stderr).toContain('"code":"CACHE_NOT_EXECUTABLE"');
      expect(exitCode).toBe(1);
    });

    it('says that it is cut off, where its programs are', async () => {
      await cp(file, join(bare.folder, 'cut'));
      await truncate(join(bare.folder, 'cut'), (await stat(file)).size - 1_000_000);
      expect(await bare.run(['/cut', 'version'])).toMatchObject({ stdout: `k3v ${manifest.version}` });
      const env = { XDG_CACHE_HOME: '/tmp/of-the-cut-one' };
      const { stderr } = await bare.run(['/cut', '--host', 'embedded', '--data-dir', '/work/fourth'], { env });
      expect(stderr).toContain('"code":"BUNDLE_BROKEN"');
      expect(stderr).toContain('/cut is cut off: 1000000 bytes are missing');
    });

    it('says which Kubernetes it carries where another is asked for', async () => {
      const args = ['--host', 'embedded', '--kubernetes-version', '1.34', '--data-dir', '/work/fifth'];
      const { stderr } = await bare.run(['/k3v-linux-x64', ...args]);
      expect(stderr).toContain('"code":"DISTRO_UNAVAILABLE"');
      expect(stderr).toMatch(/this packaged k3v does not carry Kubernetes 1\.34, but v1\.36\.\d+/);
    });

    it('is told by k3v doctor to have its control plane', async () => {
      const { stdout } = await k3v('doctor', '--host', 'embedded', '--data-dir', '/work/sixth');
      expect(stdout).toMatch(/control plane +kubernetes v1\.36\.\d+: the packaged k3v carries it/);
    });

    it('runs the exec plugin of a kubeconfig', async () => {
      const credential = {
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token: 't' },
      };
      const script = `echo ran >/tmp/plugin; echo '${JSON.stringify(credential)}'`;
      const exec = {
        apiVersion: credential.apiVersion,
        command: '/bin/sh',
        args: ['-c', script],
        interactiveMode: 'Never',
      };
      const kubeconfig = {
        'current-context': 'a',
        contexts: [{ name: 'a', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'u', user: { exec } }],
      };
      await writeFile(join(bare.folder, 'work/exec.json'), JSON.stringify(kubeconfig));
      const { stderr } = await k3v('--kubeconfig', 'exec.json', '--data-dir', '/work/seventh');
      expect(stderr).toContain('"code":"HOST_UNREACHABLE"');
      expect(await readFile(join(bare.folder, 'tmp/plugin'), 'utf8')).toBe('ran\n');
    });

    it('is no larger than 260 MB', async () => {
      expect((await stat(file)).size).toBeLessThan(260e6);
    });
  },
);

it('is not made with a k3s for another machine', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-k3s-'));
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02', 'latin1');
  header.writeUInt16LE(0xb7, 18);
  await writeFile(join(folder, 'k3s'), header);
  const args = ['linux-x64', '--with-distro', 'k3s', '--k3s-binary', join(folder, 'k3s'), '--output-dir', folder];
  const { stderr, failed } = await execa(process.execPath, [join(root, 'packaging/binary/package.ts'), ...args], {
    reject: false,
  });
  expect(failed).toBe(true);
  expect(stderr).toContain(`${join(folder, 'k3s')} is no program for linux-x64, but for linux-arm64`);
  await rm(folder, { recursive: true });
});

/** Asks the only child of `pid` to end: unshare itself hands no signals on. */
async function endInside(pid: number | undefined): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const child of children.split(' ').filter(Boolean)) process.kill(Number(child), 'SIGTERM');
}
