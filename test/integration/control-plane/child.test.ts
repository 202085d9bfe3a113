import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChildOptions, type SupervisedChild, superviseChild } from '../../../src/control-plane/child.ts';
import { identifyProcess } from '../../../src/control-plane/process-identity.ts';
import { K3vError } from '../../../src/errors.ts';
import { silentLog } from '../../../src/log.ts';
import { eventually } from '../../support/eventually.ts';
import { findProcesses } from '../../support/find-process.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
let directory: string;
let running: SupervisedChild[];
let strangers: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'k3v-child-'));
  running = [];
  strangers = [];
});

afterEach(async () => {
  await Promise.all(running.map((child) => child.stop()));
  for (const stranger of strangers) stranger.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

interface Behavior {
  say?: string;
  touch?: string;
  exitCode?: number;
  afterMs?: number;
  stubborn?: boolean;
}

function fake(behavior: Behavior, more: Partial<ChildOptions> = {}): ChildOptions {
  return {
    name: 'fake',
    command: process.execPath,
    args: [join(fixtures, 'fake-child.mjs'), JSON.stringify(behavior)],
    logFile: join(directory, 'fake.log'),
    pidFile: join(directory, 'fake.pid'),
    ready: () => until(() => readFileSync(join(directory, 'fake.log'), 'utf8').includes('"cwd"')),
    log: silentLog,
    ...more,
  };
}

async function start(options: ChildOptions, signal?: AbortSignal): Promise<SupervisedChild> {
  const child = await superviseChild(options, signal);
  running.push(child);
  return child;
}

function spawnUnsupervised(): ChildProcess {
  const options = { detached: true, stdio: 'ignore' } as const;
  const child = spawn(process.execPath, [join(fixtures, 'fake-child.mjs'), '{}'], options);
  strangers.push(child);
  return child;
}

/** Waits until `probe` says yes. */
function until(probe: () => boolean | Promise<boolean>): Promise<void> {
  return eventually(async () => {
    if (!(await probe())) throw new Error('it did not come to pass');
  });
}

const gone = async (pid: number) => (await identifyProcess(pid)) === undefined;
const never = () => new Promise<void>(() => {});
const livesIn = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []);

describe('a supervised child', () => {
  it('is there with its own pid when it is ready, and its output is in the log', async () => {
    const child = await start(fake({ say: 'hello' }, { env: { FAKE: 'a b' }, cwd: directory }));
    const pid = child.pid() ?? 0;
    await until(() => existsSync(join(directory, 'fake.pid')));
    expect(JSON.parse(readFileSync(join(directory, 'fake.pid'), 'utf8'))).toMatchObject({ pid });
    const log = await readFile(join(directory, 'fake.log'), 'utf8');
    expect(log).toContain('hello');
    expect(log).toContain(JSON.stringify({ FAKE: 'a b', cwd: directory }));
  });

  it('is given its environment where no other user can see it', async () => {
    const child = await start(fake({}, { env: { FAKE: 'hunter2' } }));
    expect((await findProcesses('fake-child.mjs')).map(({ pid }) => pid)).toContain(child.pid());
    expect(await findProcesses('hunter2')).toEqual([]);
  });

  it('that ends before it is ready rejects the start with its last words', async () => {
    const start = superviseChild(fake({ say: 'unknown flag: --frob', exitCode: 3 }, { ready: never }));
    await expect(start).rejects.toMatchObject({
      code: 'CONTROL_PLANE_FAILED',
      message: 'fake ended with code 3 before it was ready:\nunknown flag: --frob',
      hint: expect.stringContaining('fake.log'),
    });
    expect(existsSync(join(directory, 'fake.pid'))).toBe(false);
  });

  it.each([
    ['time="…" level=fatal msg="setup db: file is not a database"', 'DATABASE_CORRUPT'],
    ['insert failed: database disk image is malformed', 'DATABASE_CORRUPT'],
    ['write wal: no space left on device', 'DISK_FULL'],
    ['listen tcp 0.0.0.0:7443: bind: address already in use', 'PORT_IN_USE'],
  ])('that says %j names the cause as %s', async (say, code) => {
    await expect(superviseChild(fake({ say, exitCode: 1 }, { ready: never }))).rejects.toMatchObject({ code });
  });

  it('whose words are explained as hopeless fails the start at once, not when its time is over', async () => {
    const explain = (stderr: readonly string[]) =>
      stderr.some((line) => line.includes('wrong password')) ? new K3vError('DATASTORE_REFUSED', 'no') : undefined;
    const start = superviseChild(fake({ say: 'wrong password' }, { ready: never, explain, readyTimeoutMs: 1e9 }));
    await expect(start).rejects.toMatchObject({ code: 'DATASTORE_REFUSED', message: 'no' });
  });

  it('that cannot be found rejects the start and names the file', async () => {
    const start = superviseChild(fake({}, { command: join(directory, 'absent'), ready: never }));
    await expect(start).rejects.toMatchObject({ message: expect.stringContaining('absent') });
  });

  it('that is not ready in time is ended', async () => {
    const touch = join(directory, 'lives');
    const start = superviseChild(fake({ touch }, { ready: never, readyTimeoutMs: 700 }));
    await expect(start).rejects.toThrow('fake was not ready after 0.7 s');
    for (const pid of livesIn(touch)) expect(await gone(pid)).toBe(true);
  });

  it('whose start is called off is ended', async () => {
    const touch = join(directory, 'lives');
    const calledOff = new AbortController();
    const start = superviseChild(fake({ touch }, { ready: never }), calledOff.signal);
    await until(() => livesIn(touch).length > 0);
    calledOff.abort(new Error('Ctrl-C'));
    await expect(start).rejects.toThrow('Ctrl-C');
    expect(await gone(livesIn(touch)[0] ?? 0)).toBe(true);
  });

  it('that dies later is started again, and is told of', async () => {
    let restarts = 0;
    const onRestart = () => void (restarts += 1);
    const child = await start(fake({}, { restart: { minDelayMs: 10 }, onRestart }));
    expect(restarts).toBe(0);
    const first = child.pid() ?? 0;
    process.kill(first, 'SIGKILL');
    await until(() => ![undefined, first].includes(child.pid()));
    await until(() => existsSync(join(directory, 'fake.pid')));
    expect(await gone(child.pid() ?? 0)).toBe(false);
    expect(restarts).toBe(1);
  });

  it('that keeps dying is started after longer and longer waits and then given up', async () => {
    const touch = join(directory, 'lives');
    const options = fake({ say: 'no luck', touch, exitCode: 1, afterMs: 100 });
    const began = performance.now();
    const child = await start({ ...options, restart: { minDelayMs: 40, maxQuickDeaths: 4 } });
    await expect(child.failed).rejects.toMatchObject({ code: 'CONTROL_PLANE_FAILED', message: /no luck/ });
    expect(livesIn(touch)).toHaveLength(4);
    expect(performance.now() - began).toBeGreaterThan(40 + 80 + 160);
    expect(child.pid()).toBeUndefined();
  });

  it('ends on SIGTERM and leaves nothing', async () => {
    const child = await start(fake({}));
    const pid = child.pid() ?? 0;
    await child.stop();
    expect(await gone(pid)).toBe(true);
    expect(await groupMembers(pid)).toEqual([]);
    expect(existsSync(join(directory, 'fake.pid'))).toBe(false);
  });

  it('that ignores SIGTERM is killed after 5 s', { timeout: 10_000 }, async () => {
    const child = await start(fake({ stubborn: true }));
    const pid = child.pid() ?? 0;
    const began = performance.now();
    await child.stop();
    expect(performance.now() - began).toBeGreaterThan(4900);
    expect(await groupMembers(pid)).toEqual([]);
  });

  it('stops when the signal of its service aborts', async () => {
    const service = new AbortController();
    const child = await start(fake({}), service.signal);
    const pid = child.pid() ?? 0;
    service.abort();
    await child.stop();
    expect(await gone(pid)).toBe(true);
  });

  it('is stopped at once while it waits for its restart', async () => {
    const child = await start(fake({}, { restart: { minDelayMs: 60_000 } }));
    process.kill(child.pid() ?? 0, 'SIGKILL');
    await until(() => child.pid() === undefined);
    const began = performance.now();
    await child.stop();
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('dies with its supervisor when that is killed by SIGKILL', async () => {
    const host = spawn(process.execPath, [join(fixtures, 'fake-child-host.ts'), directory], { stdio: 'pipe' });
    let printed = '';
    host.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    await until(() => printed.endsWith('\n'));
    const pid = Number(printed);
    expect(await gone(pid)).toBe(false);
    host.kill('SIGKILL');
    await until(() => gone(pid));
    await until(async () => (await groupMembers(pid)).length === 0);
  });

  it('left behind by a crash is ended at the next start', async () => {
    const stale = spawnUnsupervised();
    const identity = await identifyProcess(stale.pid ?? 0);
    writeFileSync(join(directory, 'fake.pid'), JSON.stringify(identity));
    await delay(100);
    await start(fake({}));
    expect(await gone(stale.pid ?? 0)).toBe(true);
  });

  it('spares a stranger who has the pid of a child of old', async () => {
    const stranger = spawnUnsupervised();
    writeFileSync(join(directory, 'fake.pid'), JSON.stringify({ pid: stranger.pid, startedAt: '1' }));
    await start(fake({}));
    expect(await gone(stranger.pid ?? 0)).toBe(false);
  });
});

/** Returns the pids of the process group, zombies left out. */
async function groupMembers(group: number): Promise<number[]> {
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile('ps', ['-A', '-o', 'pid=,pgid=,stat='], (error, output) => (error ? reject(error) : resolve(output)));
  });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, pgid, stat]) => Number(pgid) === group && !stat?.startsWith('Z'))
    .map(([pid]) => Number(pid));
}
