import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeBackup } from '../../src/data-dir-backup.ts';
import { silentLog } from '../../src/log.ts';
import { migrateDataDir } from '../../src/migrate-data-dir.ts';
import { openDataDir } from '../../src/open-data-dir.ts';
import { openLevelStore } from '../../src/state/level-store.ts';
import { schemaVersion } from '../../src/state/schema.ts';
import { slowMigrations } from '../support/slow-migrations.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'k3v-migrate-'));
});

afterEach(async () => await rm(dataDir, { recursive: true, force: true }));

type Entries = Record<string, unknown>;

/** Writes a state as LevelDB has it, by none of k3v's own code. */
async function writeState(entries: Entries): Promise<void> {
  const level = new Level<string, unknown>(join(dataDir, 'state'), { valueEncoding: 'json' });
  await level.batch(Object.entries(entries).map(([key, value]) => ({ type: 'put', key, value })));
  await level.close();
}

/** Reads a copy of the state in `folder`, so that looking changes nothing. */
async function readState(folder: string): Promise<Entries> {
  const copy = await mkdtemp(join(tmpdir(), 'k3v-state-'));
  await cp(folder, copy, { recursive: true });
  const level = new Level<string, unknown>(copy, { valueEncoding: 'json' });
  const entries = Object.fromEntries(await level.iterator().all());
  await level.close();
  await rm(copy, { recursive: true });
  return entries;
}

const backups = async () => (await readdir(join(dataDir, 'backups')).catch((): string[] => [])).toSorted();
const stateOf = async (backup: string) => await readState(join(dataDir, 'backups', backup, 'state'));
const open = async () => await (await openDataDir(dataDir, silentLog)).close();

/** What the first k3v that kept a state left after a run, but for the id, which came later. */
const oldest = {
  schema: 1,
  'admission/place': { port: 40_001, path: '/secret' },
  'futile/host/services/team/web-shop-abcdefghij/': 'c2hhMjU2LW9mLWEtcGF0Y2g',
  'recreate/services/shop/web': { metadata: { name: 'web', namespace: 'shop' } },
};

describe('the data directory of an older k3v', () => {
  it('is brought to the layout of this one, with a backup of its state as it was', async () => {
    await writeState(oldest);
    await open();
    const { 'futile/host/services/team/web-shop-abcdefghij/': _, ...kept } = oldest;
    expect(await readState(join(dataDir, 'state'))).toEqual({ ...kept, schema: schemaVersion });
    expect(await backups()).toEqual([expect.stringMatching(/^\d{8}T\d{6}Z-schema-1$/)]);
    expect(await stateOf((await backups())[0] ?? '')).toEqual(oldest);
    await open();
    expect(await backups()).toHaveLength(1);
  });

  it('that has none yet gets the newest layout, and no backup', async () => {
    await open();
    expect(await readState(join(dataDir, 'state'))).toEqual({ schema: schemaVersion });
    expect(await backups()).toEqual([]);
  });

  it('of which the state was lost is no older one', async () => {
    await mkdir(join(dataDir, 'control-plane/kubernetes'), { recursive: true });
    await writeFile(join(dataDir, 'control-plane/distro.json'), '{"distro":"kubernetes"}');
    new DatabaseSync(join(dataDir, 'control-plane/kubernetes/kine.db')).close();
    await open();
    expect(await backups()).toEqual([]);
  });
});

it('the data directory of a newer k3v is left alone, and the error says where the backup of it lies', async () => {
  const newer = { schema: schemaVersion + 1, 'new/key': true };
  await writeState(newer);
  await expect(openDataDir(dataDir, silentLog)).rejects.toMatchObject({
    code: 'DATA_DIR_NEWER',
    hint: 'Run the newer k3v, or choose another --data-dir.',
  });
  const { folder } = await makeBackup(dataDir, { schema: schemaVersion, now: new Date(), fill: async () => {} });
  await expect(openDataDir(dataDir, silentLog)).rejects.toMatchObject({
    code: 'DATA_DIR_NEWER',
    hint: expect.stringContaining(folder),
  });
  expect(await readState(join(dataDir, 'state'))).toEqual(newer);
});

it('what a kill -9 has left half-written is removed, and nothing else', async () => {
  await mkdir(join(dataDir, 'pki'));
  const names = ['status.json', 'status.json.0123abcd.tmp', 'pki/ca.crt', 'pki/ca.crt.0123abcd.tmp', 'mine.tmp'];
  for (const name of names) await writeFile(join(dataDir, name), '');
  await open();
  expect((await readdir(dataDir, { recursive: true })).filter((name) => !name.startsWith('state/')).toSorted()).toEqual(
    ['mine.tmp', 'pki', 'pki/ca.crt', 'state', 'status.json'],
  );
});

it('the newest three backups are kept, and none that is half-made', async () => {
  await mkdir(join(dataDir, 'backups/.making-x'), { recursive: true });
  for (const day of [1, 2, 3, 4, 5]) {
    await makeBackup(dataDir, { schema: day, now: new Date(Date.UTC(2026, 0, day)), fill: async () => {} });
  }
  const failing = makeBackup(dataDir, { schema: 6, now: new Date(), fill: () => Promise.reject(new Error('full')) });
  await expect(failing).rejects.toThrow('full');
  const kept = ['20260103T000000Z-schema-3', '20260104T000000Z-schema-4', '20260105T000000Z-schema-5'];
  expect(await backups()).toEqual(kept);
});

describe('a migration that also changes the database', () => {
  const rows = 4000;
  const databasePath = 'control-plane/kubernetes/kine.db';

  beforeEach(async () => {
    await mkdir(join(dataDir, 'control-plane/kubernetes'), { recursive: true });
    await writeFile(join(dataDir, 'control-plane/distro.json'), '{"distro":"kubernetes"}');
    const database = new DatabaseSync(join(dataDir, databasePath));
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE kine (name TEXT PRIMARY KEY); BEGIN');
    const insert = database.prepare('INSERT INTO kine VALUES (?)');
    for (let row = 0; row < rows; row++) insert.run(`1/${row}`);
    database.exec('COMMIT');
    database.close();
    await writeState({ schema: 1, '1/a': 1, '1/b': 2 });
  });

  /** How many rows there are of each layout. */
  function layoutsOf(file: string): Record<string, number> {
    const database = new DatabaseSync(file);
    const found = database
      .prepare('SELECT substr(name, 1, 1) AS layout, count(*) AS count FROM kine GROUP BY layout')
      .all();
    database.close();
    return Object.fromEntries(found.map(({ layout, count }) => [String(layout), Number(count)]));
  }

  async function expectBackupOfAll(): Promise<void> {
    const [first = ''] = await backups();
    expect(first).toMatch(/schema-1$/);
    expect(await stateOf(first)).toEqual({ schema: 1, '1/a': 1, '1/b': 2 });
    expect(layoutsOf(join(dataDir, 'backups', first, databasePath))).toEqual({ 1: rows });
  }

  it('backs the database up too, and is done once, also when the state is lost afterwards', async () => {
    const migrate = async () => {
      const store = await openLevelStore(join(dataDir, 'state'));
      await migrateDataDir({ dataDir, store, log: silentLog, migrations: slowMigrations });
      await store.close();
    };
    await migrate();
    expect(await readState(join(dataDir, 'state'))).toEqual({ schema: 4, '4/a': 1, '4/b': 2 });
    expect(layoutsOf(join(dataDir, databasePath))).toEqual({ 4: rows });
    await expectBackupOfAll();
    await rm(join(dataDir, 'state'), { recursive: true });
    await migrate();
    expect(layoutsOf(join(dataDir, databasePath))).toEqual({ 4: rows });
  });

  it('comes to its end over any number of kill -9, and is never half done', async () => {
    const script = join(import.meta.dirname, '../fixtures/migrating-process.ts');
    let code: number | null = null;
    let kills = 0;
    for (let afterMs = 0; code !== 0; afterMs += 4 + afterMs / 2) {
      const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(child, 'exit');
      await Promise.race([once(child.stdout, 'data'), exited]);
      await Promise.race([delay(afterMs), exited]);
      kills += Number(child.kill('SIGKILL'));
      await exited;
      code = child.exitCode;
      // One layout in the database, one in the state, the latter never ahead.
      const inDatabase = Object.keys(layoutsOf(join(dataDir, databasePath)));
      const { schema: said, ...entries } = await readState(join(dataDir, 'state'));
      const schema = Number(said);
      expect(inDatabase).toHaveLength(1);
      expect(entries).toEqual({ [`${schema}/a`]: 1, [`${schema}/b`]: 2 });
      expect([schema, schema + 1]).toContain(Number(inDatabase[0]));
      if (Number(inDatabase[0]) > 1) await expectBackupOfAll();
    }
    expect(kills).toBeGreaterThan(3);
    expect(await readState(join(dataDir, 'state'))).toEqual({ schema: 4, '4/a': 1, '4/b': 2 });
    expect(layoutsOf(join(dataDir, databasePath))).toEqual({ 4: rows });
    expect((await backups()).filter((name) => name.startsWith('.'))).toEqual([]);
  }, 300_000);
});
