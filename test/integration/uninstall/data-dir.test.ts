import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordClusterId, recordClusterUid } from '../../../src/state/cluster-id.ts';
import { openLevelStore } from '../../../src/state/level-store.ts';
import { memoryKey } from '../../../src/syncer/made-kinds.ts';
import { holdDataDir } from '../../../src/uninstall/hold-data-dir.ts';
import { assertDataDir, removeDataDir } from '../../../src/uninstall/remove-data-dir.ts';

let dataDir: string;

beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), 'k3v-uninstall-'))));
afterEach(async () => await rm(dataDir, { recursive: true, force: true }));

async function lay(...files: string[]): Promise<void> {
  for (const file of files) {
    await mkdir(join(dataDir, file, '..'), { recursive: true });
    await writeFile(join(dataDir, file), '');
  }
}

describe('the data directory of what is uninstalled', () => {
  const widgets = {
    side: 'host' as const,
    resource: { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true },
    ownerKind: 'Widget',
  };

  it('says whose claim is its own and what it has made, and is held until it is let go', async () => {
    const store = await openLevelStore(join(dataDir, 'state'));
    await recordClusterId(store, 'a');
    await recordClusterUid(store, 'uid-1');
    await store.put(memoryKey(widgets), widgets);
    await store.close();
    const held = await holdDataDir(dataDir, 'a');
    expect(held).toMatchObject({ clusterUid: 'uid-1', remembered: [widgets] });
    await expect(openLevelStore(join(dataDir, 'state'))).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' });
    await held.release();
    await (await openLevelStore(join(dataDir, 'state'))).close();
  });

  it('is not there, or has no state, without anything being made', async () => {
    await rm(dataDir, { recursive: true });
    expect(await holdDataDir(dataDir, 'a')).toMatchObject({ clusterUid: undefined, remembered: [] });
    await expect(readdir(dataDir)).rejects.toThrow('ENOENT');
  });

  it('is refused while k3v runs on it, also where somebody deleted the state under it', async () => {
    const store = await openLevelStore(join(dataDir, 'state'));
    await expect(holdDataDir(dataDir, 'a')).rejects.toMatchObject({ code: 'STILL_RUNNING' });
    await store.close();
    await rm(join(dataDir, 'state'), { recursive: true });
    await writeFile(join(dataDir, 'status.json'), JSON.stringify({ pid: process.pid }));
    await expect(holdDataDir(dataDir, 'a')).rejects.toMatchObject({ code: 'STILL_RUNNING' });
  });

  it('is refused if it is that of another id', async () => {
    const store = await openLevelStore(join(dataDir, 'state'));
    await recordClusterId(store, 'b');
    await store.close();
    await expect(holdDataDir(dataDir, 'a')).rejects.toMatchObject({
      code: 'FLAG_INVALID',
      message: `${dataDir} is that of the virtual cluster "b", and --id is "a"`,
    });
    // It was let go again.
    await (await holdDataDir(dataDir, 'b')).release();
  });
});

describe('--delete-data', () => {
  it('removes all that k3v lays there, and the directory', async () => {
    await lay('control-plane/distro.json', 'control-plane/db/state.db', 'pki/ca.key', 'state/CURRENT', 'status.json');
    await lay('snapshots/a.tar.gz', 'state.corrupt-17/CURRENT', 'before-restore-20261128T201934Z-6db7/x');
    await assertDataDir(dataDir);
    expect(await removeDataDir(dataDir)).toEqual([]);
    await expect(readdir(dataDir)).rejects.toThrow('ENOENT');
    // Again is fine, too.
    await assertDataDir(dataDir);
    expect(await removeDataDir(dataDir)).toEqual([]);
  });

  it('leaves what is not of k3v, and the directory with it', async () => {
    await lay('control-plane/distro.json', 'state/CURRENT', 'thesis.tex', 'photos/1.jpg');
    expect((await removeDataDir(dataDir)).toSorted()).toEqual(['photos', 'thesis.tex']);
    expect((await readdir(dataDir)).toSorted()).toEqual(['photos', 'thesis.tex']);
  });

  it('is refused for a directory that k3v has never worked in', async () => {
    await lay('pki/ca.key', 'state/notes.txt');
    await expect(assertDataDir(dataDir)).rejects.toMatchObject({ code: 'FLAG_INVALID' });
  });
});
