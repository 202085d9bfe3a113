import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { openDataDir } from '../../../src/open-data-dir.ts';
import { silentProgress } from '../../../src/progress.ts';
import { listSnapshots } from '../../../src/snapshot/list-snapshots.ts';
import { decideRestore, restoreFolder } from '../../../src/snapshot/pending-restore.ts';
import { restoreSnapshot } from '../../../src/snapshot/restore-snapshot.ts';
import { saveSnapshot } from '../../../src/snapshot/save-snapshot.ts';
import { allEntries } from '../../../src/snapshot/snapshot-state.ts';
import { recordClusterId } from '../../../src/state/cluster-id.ts';

let folder: string;
let dataDir: string;
const common = { log: silentLog, progress: silentProgress };
const save = async (target?: string) => await saveSnapshot({ dataDir, target, id: 'default', ...common });
const restore = async (source: string, into = dataDir) =>
  await restoreSnapshot({ dataDir: into, source, id: 'blue', anyId: false, ...common });
const put = async (path: string, content: string, mode = 0o600) => {
  await mkdir(dirname(join(dataDir, path)), { recursive: true });
  await writeFile(join(dataDir, path), content, { mode });
};
const text = async (path: string, from = dataDir) => await readFile(join(from, path), 'utf8');

function database(path: string, from = dataDir): DatabaseSync {
  const opened = new DatabaseSync(join(from, path));
  opened.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS kine (name TEXT)');
  return opened;
}

function names(path: string, from = dataDir): unknown[] {
  const opened = database(path, from);
  try {
    return opened
      .prepare('SELECT name FROM kine')
      .all()
      .map(({ name }) => name);
  } finally {
    opened.close();
  }
}

const kine = 'control-plane/kubernetes/kine.db';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-snapshot-'));
  dataDir = join(folder, 'data');
  await put('control-plane/distro.json', '{"distro":"kubernetes","version":"v1.36.3"}');
  await put('control-plane/logs/kine.log', 'log');
  await put('pki/ca.key', 'first key');
  await put('pki/ca.crt', 'first certificate', 0o644);
  await mkdir(join(dataDir, dirname(kine)));
  const opened = database(kine);
  opened.exec("INSERT INTO kine VALUES ('first')");
  opened.close();
  const store = await openDataDir(dataDir, silentLog);
  await recordClusterId(store, 'blue');
  await store.put('futile/x', 'hash');
  await store.put('opt-in/a', {});
  await store.put('told/default/web', { kind: 'Service' });
  await store.close();
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function change(): Promise<void> {
  const opened = database(kine);
  opened.exec("INSERT INTO kine VALUES ('second')");
  opened.close();
  await put('pki/ca.key', 'second key');
  const store = await openDataDir(dataDir, silentLog);
  await store.put('opt-in/b', {});
  await store.put('told/default/later', {});
  await store.close();
}

async function expectFirst(at = dataDir): Promise<void> {
  expect(names(kine, at)).toEqual(['first']);
  expect(await text('pki/ca.key', at)).toBe('first key');
  expect((await stat(join(at, 'pki/ca.crt'))).mode & 0o777).toBe(0o644);
  expect(await readdir(at)).not.toContain('restore');
}

const keysOf = async (at: string) => {
  const store = await openDataDir(at, silentLog);
  try {
    return (await allEntries(store)).map(([key]) => key);
  } finally {
    await store.close();
  }
};

it('a restore brings back what was saved, and keeps what was there', async () => {
  const { file, manifest } = await save('one');
  expect(manifest).toMatchObject({ id: 'blue', kubernetes: 'v1.36.3', distro: 'kubernetes' });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await change();
  const { aside } = await restore('one');
  await expectFirst();
  expect(await keysOf(dataDir)).toEqual(['id', 'opt-in/a', 'opt-in/b', 'schema', 'told/default/web']);
  expect(await text('pki/ca.key', aside)).toBe('second key');
  expect(names(kine, aside)).toEqual(['first', 'second']);
  expect(await text('state.json', aside)).toContain('later');
});

it('a snapshot comes up in a new data directory, and is an archive that tar reads', async () => {
  const { file } = await save(join(folder, 'elsewhere.tar.gz'));
  await restore(file, join(folder, 'new', 'data'));
  await expectFirst(join(folder, 'new', 'data'));
  const listed = execFileSync('tar', ['tzf', file], { encoding: 'utf8' }).trim().split('\n');
  expect(listed).toEqual([
    'manifest.json',
    'control-plane/distro.json',
    'pki/ca.crt',
    'pki/ca.key',
    'state.json',
    kine,
  ]);
});

it('while k3v runs a snapshot is saved, of the last moment, but none restored', async () => {
  const store = await openDataDir(dataDir, silentLog);
  const writer = database(kine);
  try {
    writer.exec("INSERT INTO kine VALUES ('in the WAL')");
    const { file } = await save('running');
    await restore(file.replace('running', './running'), join(folder, 'copy'));
    expect(names(kine, join(folder, 'copy'))).toEqual(['first', 'in the WAL']);
    await expect(restore('running')).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
    expect(await text('pki/ca.key')).toBe('first key');
  } finally {
    writer.close();
    await store.close();
  }
});

it('a restore that a crash has interrupted is thrown away before it was decided, and finished after it', async () => {
  const { file } = await save('one');
  await restore(file, join(folder, 'source'));
  await change();
  await mkdir(restoreFolder(dataDir));
  await put('restore/pki/ca.key', 'half of a');
  await (await openDataDir(dataDir, silentLog)).close();
  expect(await text('pki/ca.key')).toBe('second key');

  await mkdir(restoreFolder(dataDir));
  for (const part of ['pki', 'control-plane']) {
    await rename(join(folder, 'source', part), join(restoreFolder(dataDir), part));
  }
  await put('restore/state.json', '[["schema",1],["id","blue"]]');
  await decideRestore(dataDir, 'before');
  await mkdir(join(dataDir, 'before'));
  await rename(join(dataDir, 'pki'), join(dataDir, 'before', 'pki'));
  await expect(save('two')).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
  expect(await keysOf(dataDir)).toEqual(['id', 'opt-in/a', 'opt-in/b', 'schema']);
  await expectFirst();
  expect(await text('before/pki/ca.key')).toBe('second key');
});

it('of k3s its server folder is saved with its database, without what it unpacks at each start', async () => {
  await put('control-plane/distro.json', '{"distro":"k3s","version":"v1.36.3+k3s1"}');
  const server = 'control-plane/k3s/server';
  for (const path of ['token', 'tls/server-ca.key', 'cred/passwd', 'manifests/x.yaml', 'db/other']) {
    await put(`${server}/${path}`, path);
  }
  const opened = database(`${server}/db/state.db`);
  opened.exec("INSERT INTO kine VALUES ('first')");
  opened.close();
  const { file, manifest } = await save('k3s');
  expect(manifest.files.map(({ path }) => path).filter((path) => path.startsWith(server))).toEqual(
    ['cred/passwd', 'tls/server-ca.key', 'token', 'db/state.db'].map((path) => `${server}/${path}`),
  );
  await restore(file, join(folder, 'new'));
  expect(names(`${server}/db/state.db`, join(folder, 'new'))).toEqual(['first']);
});

it('snapshots are listed with what they are and whether they are whole; none is overwritten', async () => {
  const { file } = await save('whole');
  await writeFile(join(dataDir, 'snapshots', 'torn.tar.gz'), (await readFile(file)).subarray(0, 400));
  await expect(save('whole')).rejects.toMatchObject({ code: 'SNAPSHOT_EXISTS' });
  expect(await listSnapshots(dataDir)).toMatchObject([
    { name: 'torn', whole: false, kubernetes: undefined, problem: expect.stringContaining('checksum') },
    { name: 'whole', whole: true, kubernetes: 'v1.36.3', id: 'blue' },
  ]);
  expect((await readdir(join(dataDir, 'snapshots'))).toSorted()).toEqual(['torn.tar.gz', 'whole.tar.gz']);
});

it('of nothing there is no snapshot, and of a damaged database neither', async () => {
  const nothing = saveSnapshot({ dataDir: folder, target: undefined, id: 'a', ...common });
  await expect(nothing).rejects.toMatchObject({ code: 'DATA_DIR_EMPTY' });
  await writeFile(join(dataDir, kine), 'no database at all');
  await expect(save('x')).rejects.toMatchObject({ code: 'DATABASE_CORRUPT' });
  expect(await readdir(join(dataDir, 'snapshots')).catch(() => [])).toEqual([]);
});
