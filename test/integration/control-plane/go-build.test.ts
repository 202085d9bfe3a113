import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildGoPrograms, findGoPrograms, type GoBuildOptions } from '../../../src/control-plane/go-build.ts';
import { platform } from '../../../src/platform/this-platform.ts';
import { silentLog } from '../../../src/log.ts';
import type { Progress } from '../../../src/progress.ts';

const neverAborted = new AbortController().signal;
let directory: string;
let steps: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'k3v-go-build-'));
  steps = [];
  await mkdir(join(directory, 'module', 'cmd', 'hello'), { recursive: true });
  await mkdir(join(directory, 'module', 'cmd', 'bye'), { recursive: true });
  await writeModule('1.21');
  await writeProgram('hello');
  await writeProgram('bye');
});

afterEach(() => rm(directory, { recursive: true }));

function writeModule(goVersion: string): Promise<void> {
  return writeFile(join(directory, 'module', 'go.mod'), `module example.com/m\n\ngo ${goVersion}\n`);
}

function writeProgram(name: string, body = 'print(word)'): Promise<void> {
  const source = `package main\n\nvar word = "unset"\n\nfunc main() { ${body} }\n`;
  return writeFile(join(directory, 'module', 'cmd', name, 'main.go'), source);
}

const progress: Progress = {
  step(title) {
    steps.push(title);
    const note = (text: string) => steps.push(text);
    return { update() {}, note, done: () => steps.push('done'), fail: () => steps.push('failed') };
  },
};

function options(programs: string[] = ['hello'], more: Partial<GoBuildOptions> = {}): GoBuildOptions {
  return {
    moduleDir: join(directory, 'module'),
    programs: programs.map((output) => ({ package: `example.com/m/cmd/${output}`, output })),
    ldflags: '-X main.word=stamped',
    cgo: false,
    cacheDir: join(directory, 'cache'),
    log: silentLog,
    progress,
    ...more,
  };
}

const build = (...given: Parameters<typeof options>) => buildGoPrograms(options(...given), neverAborted);

async function say(folder: string, program: string): Promise<string> {
  return (await promisify(execFile)(join(folder, platform.executableName(program)))).stderr;
}

describe('building Go programs', { timeout: 120_000 }, () => {
  it('yields programs with the flags applied and leaves nothing else', async () => {
    const folder = await build(['hello', 'bye']);
    expect(await say(folder, 'hello')).toBe('stamped');
    expect((await readdir(folder)).sort()).toEqual(['bye', 'hello'].map(platform.executableName));
    expect(await readdir(join(directory, 'cache', 'build'))).toHaveLength(1);
    expect(steps[0]).toBe('building hello, bye');
    expect(steps.at(-1)).toBe('done');
  });

  it('does not run go for what is there, not even to ask for its version', async () => {
    const folder = await build();
    const path = process.env['PATH'];
    process.env['PATH'] = '';
    try {
      steps.length = 0;
      expect(await build()).toBe(folder);
      expect(steps).toEqual([]);
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('adds a missing program without touching the others', async () => {
    const folder = await build(['hello']);
    const before = await stat(join(folder, platform.executableName('hello')));
    expect(await findGoPrograms(options(['hello', 'bye']))).toBeUndefined();
    expect(await build(['hello', 'bye'])).toBe(folder);
    expect((await stat(join(folder, platform.executableName('hello')))).mtimeMs).toBe(before.mtimeMs);
    expect(await findGoPrograms(options(['hello', 'bye']))).toBe(folder);
  });

  it('builds anew when a source file or a flag changes', async () => {
    const first = await build();
    await writeProgram('hello', 'print("changed")');
    const second = await build();
    const third = await build(['hello'], { ldflags: '' });
    expect(new Set([first, second, third]).size).toBe(3);
    expect(await say(second, 'hello')).toBe('changed');
  });

  it('is done once by two that want it at the same time', async () => {
    const [one, two] = await Promise.all([build(), build()]);
    expect(one).toBe(two);
    expect(steps.filter((step) => step === 'waiting for another k3v that builds the same')).toHaveLength(1);
  });

  it('takes over from a k3v that died in the middle', async () => {
    const folder = await build();
    await rm(folder, { recursive: true });
    await writeFile(`${folder}.lock`, JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    expect(await build()).toBe(folder);
  });

  it("fails with the compiler's words", async () => {
    await writeProgram('hello', 'print(undefinedWord)');
    await expect(build()).rejects.toMatchObject({ code: 'BUILD_FAILED', message: /undefined: undefinedWord/ });
    expect(steps.at(-1)).toBe('failed');
  });

  it('tells that go is too old', async () => {
    await writeModule('1.99');
    await expect(build()).rejects.toMatchObject({ code: 'BUILD_TOOL_MISSING', message: /requires go >= 1\.99/ });
  });

  it('tells that go is not installed', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = directory;
    try {
      await expect(build()).rejects.toMatchObject({ code: 'BUILD_TOOL_MISSING', message: /not installed/ });
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('can be called off and leaves no lock', async () => {
    const calledOff = new AbortController();
    const building = buildGoPrograms(options(), calledOff.signal);
    calledOff.abort(new Error('Ctrl-C'));
    await expect(building).rejects.toThrow('Ctrl-C');
    expect(await readdir(join(directory, 'cache', 'build'))).not.toContainEqual(expect.stringMatching(/lock$/));
  });
});
