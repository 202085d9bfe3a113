import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Status, removeStatus, statusFile } from '../../../src/cli/status.ts';
import { writeFileAtomically } from '../../../src/write-file-atomically.ts';
import { eventually } from '../../support/eventually.ts';

const program = join(import.meta.dirname, '../../../bin/k3v');
const status: Status = {
  pid: process.pid,
  startedAt: '2026-01-02T03:04:05.000Z',
  distro: 'kubernetes',
  version: 'v1.36.3',
  datastore: 'SQLite in the data directory',
  host: { server: 'https://host:6443', version: 'v1.36.3', namespace: 'team-a', simulated: false },
  id: 'default',
  kubeconfig: '/home/a/kubeconfig.yaml',
  children: {},
  synced: true,
  kinds: [],
  forbidden: [],
};
const pods = { kind: 'Pod', plural: 'pods', virtual: 1, host: 0, inSync: 0, pending: 1, refused: 0, waiting: 1 };
const failing = { 'shop/web': { reason: 'NotSupported', message: 'k3v cannot give pods spec.resourceClaims yet' } };
const refused: Status = { ...status, kinds: [{ ...pods, pending: 0, refused: 1, waiting: 0, failing }] };

let dir: string;
let watching: ChildProcessWithoutNullStreams;
let printed: string;
let complained: string;
let ended: Promise<number | null>;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'k3v-watch-'))));
afterEach(async () => {
  watching.kill('SIGKILL');
  await ended;
  rmSync(dir, { recursive: true });
});

const write = async (content: Status) => await writeFileAtomically(statusFile(dir), JSON.stringify(content));
function watch(...args: string[]): void {
  [printed, complained] = ['', ''];
  watching = spawn(process.execPath, [program, 'status', '--watch', '--data-dir', dir, ...args]);
  watching.stdout.on('data', (chunk) => void (printed += String(chunk)));
  watching.stderr.on('data', (chunk) => void (complained += String(chunk)));
  ended = new Promise((resolve) => watching.on('exit', resolve));
}

test('k3v status --watch prints a block for each change, and ends well when it is interrupted', async () => {
  await write({ ...status, kinds: [{ ...pods, failing: {} }] });
  watch();
  await eventually(() => expect(printed).toContain('  in sync     but for 1 pending\n'));
  await write(refused);
  await eventually(() => expect(printed).toContain('    shop/web: NotSupported: k3v cannot give pods'));
  expect(printed.split('\n\nk3v is up')).toHaveLength(2);
  watching.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(complained).toBe('');
});

test('k3v status --watch -o json prints a line for each change, and ends with an error when k3v does', async () => {
  await write(status);
  watch('-o', 'json');
  await eventually(() => expect(printed).toContain('\n'));
  await write(refused);
  await eventually(() => expect(printed.trim().split('\n')).toHaveLength(2));
  expect(
    printed
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ).toEqual([status, refused]);
  removeStatus(dir);
  expect(await ended).toBe(1);
  expect(complained).toContain('NOT_RUNNING');
});

test('k3v status --watch ends without a word when nobody reads on', async () => {
  await write(status);
  watch();
  await eventually(() => expect(printed).toContain('k3v is up'));
  watching.stdout.destroy();
  await write(refused);
  expect(await ended).toBe(0);
  expect(complained).toBe('');
});
