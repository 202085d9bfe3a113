import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withBuildLock } from '../../../src/control-plane/build-lock.ts';
import { parseProcessIdentity } from '../../../src/control-plane/process-identity.ts';

const options = { onWait: () => undefined, signal: new AbortController().signal };
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-lock-'));
});
afterEach(async () => await rm(folder, { recursive: true }));

it('never shows a lock without its owner, which others would take for abandoned: two built the same at once', async () => {
  const path = join(folder, 'lock');
  const seen: string[] = [];
  const rounds = 50;
  let done = 0;
  const take = async () => {
    for (; done < rounds; done++) await withBuildLock(path, options, async () => await nextTurn());
  };
  const look = async () => {
    for (; done < rounds; await nextTurn()) {
      try {
        seen.push(readFileSync(path, 'utf8'));
      } catch {}
    }
  };
  await Promise.all([take(), look()]);
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.filter((text) => parseProcessIdentity(text)?.pid !== process.pid)).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

it('takes over a lock that names nobody', async () => {
  await writeFile(join(folder, 'lock'), '');
  expect(await withBuildLock(join(folder, 'lock'), options, async () => await Promise.resolve('in'))).toBe('in');
});
