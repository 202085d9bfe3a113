import { expect, it } from 'vitest';
import { renewWhenDue } from '../../../src/control-plane/renew-when-due.ts';
import { createLogger } from '../../../src/log.ts';
import { eventually } from '../../support/eventually.ts';

it('goes on until the end whatever goes wrong in between, and says what did', async () => {
  const lines: string[] = [];
  const log = createLogger({ format: 'json', level: 'info', destination: { write: (line) => lines.push(line) } });
  const ending = new AbortController();
  let calls = 0;
  const renew = async () => {
    calls += 1;
    if (calls === 1) throw new Error('the disk is full');
  };
  const renewing = renewWhenDue(renew, { checkMs: 1, log, signal: ending.signal });
  await eventually(() => expect(calls).toBeGreaterThan(2));
  ending.abort();
  await renewing;
  const before = calls;
  expect(lines).toEqual([expect.stringMatching(/the disk is full.*could not renew certificates/)]);
  expect(calls).toBe(before);
});
