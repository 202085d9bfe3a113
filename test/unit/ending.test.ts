import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { createEnding } from '../../src/ending.ts';
import { createLogger, silentLog } from '../../src/log.ts';

const never = () => new Promise<void>(() => {});

/** A logger, and what it was told. */
function heard() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, log: createLogger({ format: 'json', level: 'info', destination }) };
}

describe('the end of all parts', () => {
  it('comes from the last one to the first, one after the other', async () => {
    const said: string[] = [];
    const { onEnd, end } = createEnding({ log: silentLog });
    onEnd('first', () => void said.push('first'));
    onEnd('second', async () => {
      said.push('second begins');
      await delay(1);
      said.push('second ends');
    });
    await end();
    expect(said).toEqual(['second begins', 'second ends', 'first']);
    await end();
    expect(said).toHaveLength(3);
  });

  it('reaches those before one that never ends, which the log names', async () => {
    const { lines, log } = heard();
    let isClosed = false;
    const { onEnd, end } = createEnding({ log, limitMs: 5 });
    onEnd('state', () => void (isClosed = true));
    onEnd('metrics', never);
    await end();
    expect(isClosed).toBe(true);
    expect(lines).toMatchObject([{ part: 'metrics', afterMs: 5, open: {}, msg: 'did not end, is left behind' }]);
  });

  it('reaches those before one that fails, and rejects with the first failure', async () => {
    const { lines, log } = heard();
    let isClosed = false;
    const { onEnd, end } = createEnding({ log });
    onEnd('state', () => void (isClosed = true));
    onEnd('proxy', () => Promise.reject(new Error('the second')));
    onEnd('metrics', () => {
      throw new Error('the first');
    });
    await expect(end()).rejects.toThrow('the first');
    expect(isClosed).toBe(true);
    expect(lines).toEqual([]);
  });
});

describe('a process whose parts have all ended', () => {
  const program = (open: string) => `
    import { endAnyway } from '${import.meta.dirname}/../../src/ending.ts';
    import { createLogger } from '${import.meta.dirname}/../../src/log.ts';
    process.exitCode = 3;
    ${open}
    endAnyway(process, { log: createLogger({ format: 'json', level: 'info', destination: process.stderr }), graceMs: 20 });`;
  const run = async (open: string) =>
    await execa(process.execPath, ['--input-type=module-typescript', '--eval', program(open)], { reject: false });

  it('ends with its exit code although something is still open, and says what', async () => {
    const { exitCode, stderr } = await run('setInterval(() => {}, 1_000);');
    expect(exitCode).toBe(3);
    expect(JSON.parse(stderr)).toMatchObject({ open: { Timeout: 1 }, msg: 'ends with something still open' });
  });

  it('ends by itself, without a word, where nothing is', async () => {
    expect(await run('')).toMatchObject({ exitCode: 3, stderr: '' });
  });
});
