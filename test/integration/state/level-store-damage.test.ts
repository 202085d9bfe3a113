import { cp, mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLevelStore } from '../../../src/state/level-store.ts';
import { allEntries } from '../../../src/snapshot/snapshot-state.ts';

let folder: string;
let whole: string;
let count = 0;

/** A store as a k3v leaves it that ran, ended, and ran again: a table and a log, both with content. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-damage-'));
  whole = join(folder, 'whole');
  for (const run of [1, 2]) {
    const store = await openLevelStore(whole);
    for (let index = 0; index < 50; index++) await store.put(`run-${run}/${index}`, { value: 'x'.repeat(100) });
    await store.close();
  }
});

afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** Opens a copy of the store that `damage` has been at, and returns what was stored there once it has been opened again. */
async function openDamaged(damage: (dir: string) => Promise<void>): Promise<unknown> {
  const dir = join(folder, `copy-${count++}`);
  await cp(whole, dir, { recursive: true });
  await damage(dir);
  const first = await openLevelStore(dir);
  const entries = await allEntries(first);
  // What is left of it is whole.
  expect(entries.every(([, value]) => JSON.stringify(value).length > 100)).toBe(true);
  await first.put('new', 1);
  await first.close();
  const second = await openLevelStore(dir);
  const found = await second.get('new');
  await second.close();
  return found;
}

const kinds = ['CURRENT', 'MANIFEST', '.ldb', '.log'];
const namesOf = async (kind: string) => {
  const names = (await readdir(whole)).filter((name) => name.includes(kind));
  expect(names).not.toEqual([]);
  return names;
};

describe.each(kinds)('a state whose files like %s', (kind) => {
  it.each([0, 1, 0.5, 0.99])('are cut to %s of their length opens, anew if need be', async (share) => {
    for (const name of await namesOf(kind)) {
      expect(
        await openDamaged(async (dir) => {
          const { length } = await readFile(join(dir, name));
          await truncate(join(dir, name), Math.floor(length * share));
        }),
      ).toBe(1);
    }
  });

  it.each([0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999])(
    'have a flipped byte at %s of their length open, anew if need be',
    async (share) => {
      for (const name of await namesOf(kind)) {
        expect(
          await openDamaged(async (dir) => {
            const content = await readFile(join(dir, name));
            const at = Math.min(content.length - 1, Math.floor(content.length * share));
            content[at] = (content[at] ?? 0) ^ 0xff;
            await writeFile(join(dir, name), content);
          }),
        ).toBe(1);
      }
    },
  );

  it('are gone opens, anew if need be', async () => {
    for (const name of await namesOf(kind)) expect(await openDamaged(async (dir) => await rm(join(dir, name)))).toBe(1);
  });

  it('are folders opens, anew if need be', async () => {
    for (const name of await namesOf(kind)) {
      expect(
        await openDamaged(async (dir) => {
          await rm(join(dir, name));
          await mkdir(join(dir, name));
        }),
      ).toBe(1);
    }
  });
});

it('a state whose CURRENT names nothing opens anew', async () => {
  expect(await openDamaged(async (dir) => await writeFile(join(dir, 'CURRENT'), 'MANIFEST-999999\n'))).toBe(1);
});

it('a state that is an empty folder opens', async () => {
  expect(
    await openDamaged(async (dir) => {
      await rm(dir, { recursive: true });
      await mkdir(dir);
    }),
  ).toBe(1);
});

it('a state that is a file opens anew', async () => {
  expect(
    await openDamaged(async (dir) => {
      await rm(dir, { recursive: true });
      await writeFile(dir, 'rubbish');
    }),
  ).toBe(1);
});
