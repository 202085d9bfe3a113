import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { linux, macos, posix } from '../../../src/platform/posix.ts';
import { platformOf } from '../../../src/platform/this-platform.ts';
import { type RunProgram, createWindows, windows } from '../../../src/platform/windows.ts';

const sources = join(import.meta.dirname, '../../../src');

describe('an operating system', () => {
  it.each([
    ['linux', linux],
    ['darwin', macos],
    ['win32', windows],
    ['freebsd', posix],
  ] as const)('%s has its own', (name, expected) => {
    expect(platformOf(name)).toBe(expected);
  });

  it('is asked about in one folder alone', () => {
    const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    // Assets of releases and targets of Go are named after it.
    const named = ['control-plane/go-tool.ts', 'control-plane/k3s-binary.ts', 'control-plane/k3s-release.ts'];
    const asking = files.filter((file) => readFileSync(join(sources, file), 'utf8').includes('process.platform'));
    expect(asking.filter((file) => !file.startsWith('platform/') && !named.includes(file))).toEqual([]);
  });
});

describe.each([
  ['linux', linux, 'unix', 'kine', '/home/me/.cache', '/x'],
  ['macOS', macos, 'unix', 'kine', '/home/me/Library/Caches', '/x'],
  ['Windows', windows, 'tcp', 'kine.exe', '\\home\\me\\AppData\\Local', undefined],
] as const)('on %s', (_name, platform, transport, program, cache, xdgCache) => {
  it('the API server dials k3v, programs are named, and what can be had again lies as it should', () => {
    expect(platform.egressTransport).toBe(transport);
    expect(platform.hasDrives).toBe(platform === windows);
    expect(platform.executableName('kine')).toBe(program);
    expect(platform.cacheFolder({}, '/home/me')).toBe(cache);
    expect(platform.cacheFolder({ XDG_CACHE_HOME: '' }, '/home/me')).toBe(cache);
    expect(platform.cacheFolder({ XDG_CACHE_HOME: '/x' }, '/home/me')).toBe(xdgCache ?? cache);
  });

  it('what is gone can be asked to end, and killed', () => {
    const nobody = 2 ** 30;
    for (const end of ['askToEnd', 'kill', 'killRemains'] as const) expect(() => platform[end](nobody)).not.toThrow();
  });
});

it('Windows has the local folder that it says it has', () => {
  expect(windows.cacheFolder({ LOCALAPPDATA: 'D:\\Local' }, 'C:\\Users\\me')).toBe('D:\\Local');
});

describe('when a process began', () => {
  const answering = (answer: string | Error, asked: string[] = []): RunProgram => {
    return async (program, args) => {
      asked.push([program, ...args].join(' '));
      if (answer instanceof Error) throw answer;
      return answer;
    };
  };

  it('is what Windows says by PowerShell', async () => {
    const asked: string[] = [];
    expect(await createWindows(answering('134089412345678901\r\n', asked)).startOf(42)).toBe('134089412345678901');
    expect(asked).toEqual([expect.stringMatching(/^powershell\.exe .*Get-Process -Id 42 /)]);
  });

  it.each([new Error('Cannot find a process'), '', 'Get-Process : Access is denied'])(
    'is not known where Windows says %s',
    async (answer) => {
      expect(await createWindows(answering(answer)).startOf(42)).toBeUndefined();
    },
  );

  it.runIf(process.platform !== 'win32')('is told by ps the same each time, and of none that has ended', async () => {
    const child = posix.spawnGuarded({ command: 'sleep', args: ['60'] });
    const [pid = 0, ended] = [child.pid, once(child, 'exit')];
    const first = await posix.startOf(pid);
    expect(new Date(first ?? '').getTime()).toBeGreaterThan(
      Date.now() - 60_000 - new Date().getTimezoneOffset() * 60_000,
    );
    expect(await posix.startOf(pid)).toBe(first);
    posix.kill(pid);
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(await posix.startOf(pid)).toBeUndefined();
  });
});

describe('a guarded process', () => {
  it('on Windows gets what it is given, its output is a pipe, and it ends when it is asked to', async () => {
    // `spawn` is the same on each system; the job object is libuv's.
    const child = windows.spawnGuarded({
      command: process.execPath,
      args: ['-e', 'console.log(process.env.GREETING, process.cwd()); setInterval(() => {}, 1000)'],
      env: { GREETING: 'hello' },
      cwd: sources,
    });
    const [chunk] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    expect(chunk.toString()).toBe(`hello ${sources}\n`);
    windows.askToEnd(child.pid ?? 0);
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  });

  it('gets defaults only for what its environment does not have', async () => {
    vi.stubEnv('K3V_TEST_GIVEN', 'given');
    const child = windows.spawnGuarded({
      command: process.execPath,
      args: ['-p', 'process.env.K3V_TEST_GIVEN + process.env.K3V_TEST_LACKING'],
      envDefaults: { K3V_TEST_GIVEN: 'default', K3V_TEST_LACKING: 'default' },
    });
    vi.unstubAllEnvs();
    const [chunk] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('givendefault\n');
  });
});
