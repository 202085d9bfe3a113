import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStatus, removeStatus, statusFile } from '../../../src/cli/status.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'k3v-status-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const writeStatus = (pid: number) => writeFileSync(statusFile(dir), JSON.stringify({ pid, id: 'blue' }));
/** The id of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['--version']).pid;
const notRunning = expect.objectContaining({ code: 'NOT_RUNNING', message: expect.stringContaining('no k3v runs on') });

test('the status of a k3v that runs can be read', () => {
  writeStatus(process.pid);
  expect(readStatus(dir)).toEqual({ pid: process.pid, id: 'blue' });
});

test('where no k3v was ever started, none runs', () => {
  expect(() => readStatus(dir)).toThrow(notRunning);
});

test('a k3v that was killed does not run, whatever it left behind', () => {
  writeStatus(deadPid());
  expect(() => readStatus(dir)).toThrow(notRunning);
});

test('a k3v that ends takes its status along, and that of a killed one', () => {
  for (const pid of [process.pid, deadPid()]) {
    writeStatus(pid);
    removeStatus(dir);
    expect(existsSync(statusFile(dir))).toBe(false);
  }
  removeStatus(dir);
});

test('a second k3v that cannot start leaves the status of the first', () => {
  writeStatus(process.ppid);
  removeStatus(dir);
  expect(readStatus(dir).pid).toBe(process.ppid);
});
