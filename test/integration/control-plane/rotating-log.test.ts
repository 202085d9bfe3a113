import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRotatingLog } from '../../../src/control-plane/rotating-log.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'k3v-log-'));
});

afterEach(() => rm(directory, { recursive: true }));

describe('a rotating log', () => {
  it('keeps the newest lines in three files of limited size', async () => {
    const log = openRotatingLog(join(directory, 'logs', 'a.log'), { maxBytes: 20 });
    for (let line = 0; line < 20; line++) log.write(Buffer.from(`line ${String(line).padStart(2, '0')}\n`));
    log.close();
    const names = await readdir(join(directory, 'logs'));
    expect(names.sort()).toEqual(['a.log', 'a.log.1', 'a.log.2']);
    const read = (name: string) => readFile(join(directory, 'logs', name), 'utf8');
    expect(await read('a.log')).toBe('line 18\nline 19\n');
    expect(await read('a.log.1')).toBe('line 16\nline 17\n');
    expect(await read('a.log.2')).toBe('line 14\nline 15\n');
  });

  it('goes on where the last run ended', async () => {
    const path = join(directory, 'a.log');
    for (const word of ['one\n', 'two\n']) {
      const log = openRotatingLog(path);
      log.write(Buffer.from(word));
      log.close();
    }
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
  });

  it('ignores what comes after its end', async () => {
    const log = openRotatingLog(join(directory, 'a.log'));
    log.close();
    log.write(Buffer.from('late'));
    log.close();
    expect(await readFile(join(directory, 'a.log'), 'utf8')).toBe('');
  });
});
