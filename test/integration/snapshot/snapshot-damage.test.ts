import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { silentProgress } from '../../../src/progress.ts';
import { restoreSnapshot } from '../../../src/snapshot/restore-snapshot.ts';
import { parseSnapshotManifest } from '../../../src/snapshot/snapshot-manifest.ts';
import { parseState } from '../../../src/snapshot/snapshot-state.ts';
import { schemaVersion } from '../../../src/state/schema.ts';
import { writeSnapshot } from '../../../src/snapshot/write-snapshot.ts';

let folder: string;
let whole: Buffer;
const about = {
  format: 1,
  k3v: '0.1.0',
  id: 'blue',
  distro: 'kubernetes' as const,
  kubernetes: 'v1.36.3',
  takenAt: '2026-11-28T20:00:00.000Z',
};
const file = (path: string, content: string) => ({ path, mode: 0o600, content: Buffer.from(content) });
const state = file('state.json', '[["schema",1]]');
const restore = async (source: string, id = 'blue', anyId = false) =>
  await restoreSnapshot({
    dataDir: join(folder, 'data'),
    source,
    id,
    anyId,
    log: silentLog,
    progress: silentProgress,
  });
let count = 0;
const written = async (...args: [Parameters<typeof writeSnapshot>[1], Parameters<typeof writeSnapshot>[2]]) => {
  const path = join(folder, `${count++}.tar.gz`);
  await writeSnapshot(path, ...args);
  return path;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-damage-'));
  whole = await readFile(await written(about, [file('pki/ca.key', 'a key'.repeat(300)), state]));
});
afterAll(async () => await rm(folder, { recursive: true }));

/** Returns with which code a restore of `content` is refused, and whether it made a data directory all the same. */
async function outcomeOf(content: Uint8Array): Promise<{ code: unknown; touched: boolean }> {
  const path = join(folder, 'damaged.tar.gz');
  await writeFile(path, content);
  const error = await restore(path).catch((refusal: unknown) => refusal);
  const code: unknown = Reflect.get(Object(error), 'code');
  return { code, touched: (await readdir(folder)).includes('data') };
}
const refused = { code: 'SNAPSHOT_BROKEN', touched: false };

it('with any byte altered is refused before anything is touched', async () => {
  const damage = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(damage, async ([at, bits]) => {
      const altered = Buffer.from(whole);
      altered[at] = (altered[at] ?? 0) ^ bits;
      expect(await outcomeOf(altered)).toEqual(refused);
    }),
    { numRuns: 300 },
  );
});

it('that ends anywhere too early, or goes on, is refused before anything is touched', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
      expect(await outcomeOf(whole.subarray(0, length))).toEqual(refused);
    }),
    { numRuns: 150 },
  );
  expect(await outcomeOf(Buffer.concat([whole, Buffer.from([0])]))).toEqual(refused);
});

it.each([
  ['SNAPSHOT_NEWER', { ...about, format: 2 }, [state]],
  ['SNAPSHOT_NEWER', about, [file('state.json', `[["schema",${schemaVersion + 1}]]`)]],
  ['SNAPSHOT_BROKEN', about, []],
  ['SNAPSHOT_BROKEN', about, [file('state.json', '{}')]],
  ['SNAPSHOT_BROKEN', about, [file('../elsewhere', 'x'), state]],
  ['SNAPSHOT_BROKEN', about, [file('pki/../../elsewhere', 'x'), state]],
  ['SNAPSHOT_BROKEN', about, [file('embedded-host/x', 'x'), state]],
])('is refused with %s when whole but not to be used', async (code, manifest, sources) => {
  await expect(restore(await written(manifest, sources))).rejects.toMatchObject({ code });
  expect(await readdir(folder)).not.toContain('data');
});

it('of another id is refused, unless any id is asked for', async () => {
  const path = await written(about, [state]);
  await expect(restore(path, 'red')).rejects.toMatchObject({
    code: 'SNAPSHOT_OTHER_ID',
    hint: expect.stringContaining('--id blue'),
  });
  expect(await readdir(folder)).not.toContain('data');
  await restore(path, 'red', true);
  expect(await readdir(folder)).toContain('data');
  await rm(join(folder, 'data'), { recursive: true });
});

it('that is not there is said to be missing', async () => {
  await expect(restore('nothing')).rejects.toMatchObject({ code: 'SNAPSHOT_MISSING' });
});

it('needs a manifest with every field', () => {
  for (const field of [...Object.keys(about), 'files']) {
    const text = JSON.stringify({ ...about, files: [], [field]: undefined });
    expect(() => parseSnapshotManifest(text, 'x')).toThrow('manifest');
  }
  expect(() => parseSnapshotManifest('{', 'x')).toThrow('manifest');
  expect(() => parseState('[["key",null]]', 'x')).toThrow('state');
});
