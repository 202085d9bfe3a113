import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initScript } from '../../../packaging/image/init.ts';

describe('the first process of a container', () => {
  let folder: string;
  let init: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k3v-init-'));
    init = join(folder, 'init');
    await writeFile(init, initScript);
  });
  afterAll(async () => await rm(folder, { recursive: true }));

  const run = async (...command: string[]) =>
    await execa('sh', [init, ...command], { reject: false, input: 'from outside' });

  it('gives what it starts its arguments and its standard input', async () => {
    const { stdout, stderr } = await run('sh', '-c', 'cat; printf " [%s]" "$@"', 'name', 'a b', '');
    expect(stdout).toBe('from outside [a b] []');
    expect(stderr).toBe('');
  });

  it.each([0, 1, 70, 200])('ends with %i as that does', async (code) => {
    expect((await run('sh', '-c', `exit ${code}`)).exitCode).toBe(code);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('hands %s on, and ends when that has ended', async (signal) => {
    const script = `trap 'echo asked; sleep 0.1; exit 3' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
    const child = spawn('sh', [init, 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    let output = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      output += text;
      if (text.includes('ready')) child.kill(signal);
    }
    await exited;
    expect(output).toBe('ready\nasked\n');
    expect(child.exitCode).toBe(3);
  });

  it('says by its code which signal ended that', async () => {
    expect((await run('sh', '-c', 'kill -9 $$')).exitCode).toBe(137);
  });
});
