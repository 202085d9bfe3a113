import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLevelStore } from '../../../src/state/level-store.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { stateStoreContract } from '../../contract/state-store.ts';

let folder: string;
let stores = 0;
const nextDir = () => join(folder, `store-${stores++}`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-state-'));
});
afterAll(async () => await rm(folder, { recursive: true }));

stateStoreContract('memory', async () => createMemoryStore());
stateStoreContract('LevelDB', async () => await openLevelStore(nextDir()));

describe('the LevelDB state store', () => {
  it('keeps what it holds when it is closed and opened again', async () => {
    const dir = nextDir();
    const first = await openLevelStore(dir);
    await first.put('a', 1);
    await first.close();
    const second = await openLevelStore(dir);
    expect(await second.get('a')).toBe(1);
    await second.close();
  });

  it('says that another k3v has it open', async () => {
    const dir = nextDir();
    const first = await openLevelStore(dir);
    await expect(openLevelStore(dir)).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
    await first.close();
  });

  it('is moved aside and made anew when it is damaged', async () => {
    const dir = nextDir();
    const first = await openLevelStore(dir);
    await first.put('a', 1);
    await first.close();
    for (const file of await readdir(dir)) {
      if (/^(MANIFEST|CURRENT)/.test(file)) await writeFile(join(dir, file), 'rubbish');
    }
    const moved: string[] = [];
    const second = await openLevelStore(dir, (to) => moved.push(to));
    expect(await second.get('a')).toBeUndefined();
    expect(await readdir(moved[0] ?? '')).toContain('CURRENT');
    await second.close();
  });
});
