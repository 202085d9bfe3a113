import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';

const tree = join(import.meta.dirname, '../../..');
const wanted = { 'node_modules/level': { version: '10.0.0', integrity: 'sha512-a' } };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'k3v-bin-'));
  for (const path of ['bin', 'src/platform/user-cache.mjs', 'src/platform/keep-heap-small.mjs'])
    await cp(join(tree, path), join(root, path), { recursive: true });
  for (const folder of ['tools', 'node_modules']) await mkdir(join(root, folder));
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: wanted }));
  await writeFile(
    join(root, 'src/main.ts'),
    'export const main = (args: string[]) => void process.stdout.write(`ran ${args}`);',
  );
});
afterEach(async () => await rm(root, { recursive: true }));

async function npmThatRuns(script: string): Promise<void> {
  await writeFile(join(root, 'tools/npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

async function run(...args: string[]) {
  const env = { PATH: `${join(root, 'tools')}${delimiter}${process.env['PATH']}`, XDG_CACHE_HOME: join(root, 'cache') };
  return await execa(process.execPath, [join(root, 'bin/k3v'), ...args], { env, reject: false });
}

it('installs packages that the lock has and node_modules has not, then runs', async () => {
  const hidden = join(root, 'node_modules/.package-lock.json');
  await writeFile(hidden, JSON.stringify({ packages: {} }));
  await npmThatRuns(`echo "npm $*" >&2; echo '${JSON.stringify({ packages: wanted })}' > ${hidden}`);
  const first = await run('status');
  expect(first).toMatchObject({ stdout: 'ran status', exitCode: 0 });
  expect(first.stderr).toBe('installing packages (npm ci): level is missing\nnpm ci --no-audit --no-fund');
  expect(await run('status')).toMatchObject({ stdout: 'ran status', stderr: '', exitCode: 0 });
});

it('is k3k under that name, also behind a link', async () => {
  await writeFile(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: wanted }));
  await writeFile(
    join(root, 'src/main.ts'),
    'export const main = (args: string[], _: unknown, { program }: { program: string }) => void process.stdout.write(`${program} ${args}`);',
  );
  await symlink('../bin/k3k', join(root, 'tools/k3k'));
  for (const path of ['bin/k3k', 'tools/k3k']) {
    expect((await execa(process.execPath, [join(root, path), 'status'])).stdout).toBe('k3k status');
  }
  expect((await run('status')).stdout).toBe('k3v status');
});

it('ends as npm does when that cannot install', async () => {
  await npmThatRuns('exit 7');
  expect(await run()).toMatchObject({ stdout: '', exitCode: 7 });
});

it('keeps compiled code in the cache of the user, not in the temporary directory', async () => {
  await writeFile(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: wanted }));
  await run();
  expect(await readdir(join(root, 'cache/k3v/compiled'))).toHaveLength(1);
});

it.skipIf(process.platform !== 'linux')('hides its arguments when there may be a password among them', async () => {
  await writeFile(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: wanted }));
  await writeFile(
    join(root, 'src/main.ts'),
    `import { readFileSync } from 'node:fs';
     export const main = (args: string[]) => void process.stdout.write(args + '|' + readFileSync('/proc/self/cmdline'));`,
  );
  const endpoint = '--datastore-endpoint=postgres://k3v:hunter2@db/k3v';
  const [args, seen] = (await run(endpoint)).stdout.split('|');
  expect(args).toBe(endpoint);
  expect(seen?.replaceAll('\0', '')).toBe('k3v');
  expect((await run('status')).stdout).toContain('\0status');
});
