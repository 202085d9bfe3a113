import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';

const bin = join(import.meta.dirname, '../../../bin');
const wanted = { 'node_modules/level': { version: '10.0.0', integrity: 'sha512-a' } };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'k3v-bin-'));
  await cp(bin, join(root, 'bin'), { recursive: true });
  for (const folder of ['src', 'tools', 'node_modules']) await mkdir(join(root, folder));
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

it('ends as npm does when that cannot install', async () => {
  await npmThatRuns('exit 7');
  expect(await run()).toMatchObject({ stdout: '', exitCode: 7 });
});

it('keeps compiled code in the cache of the user, not in the temporary directory', async () => {
  await writeFile(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages: wanted }));
  await run();
  expect(await readdir(join(root, 'cache/k3v/compiled'))).toHaveLength(1);
});
