import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../../src/cli/config.ts';
import { silentLog } from '../../../src/log.ts';
import { silentProgress } from '../../../src/progress.ts';
import { runSnapshotCommand } from '../../../src/run-snapshot-command.ts';

let dataDir: string;
beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), 'k3v-own-database-'))));
afterEach(async () => await rm(dataDir, { recursive: true }));

async function record(text: string): Promise<void> {
  await mkdir(join(dataDir, 'control-plane'));
  await writeFile(join(dataDir, 'control-plane/distro.json'), text);
}

const onPostgres = '{"distro":"kubernetes","version":"v1.36.3","datastore":"postgres://db:5432/team"}';
const save = { do: 'save', target: undefined } as const;
const restore = { do: 'restore', source: 'one', anyId: false } as const;
const run = async (action: Parameters<typeof runSnapshotCommand>[0], env = {}) =>
  await runSnapshotCommand(action, {
    config: { ...readConfig({}, env), dataDir },
    log: silentLog,
    progress: silentProgress,
  });

test.each([save, restore])('what lies in a database elsewhere has no snapshots: %j', async (action) => {
  await record(onPostgres);
  await expect(run(action)).rejects.toMatchObject({
    code: 'DATASTORE_ELSEWHERE',
    message: `the database of this virtual cluster is postgres://db:5432/team, not in ${dataDir}`,
    hint: expect.stringContaining('pg_dump'),
  });
});

test.each([save, restore])('nor has what the flags say is elsewhere, without the password: %j', async (action) => {
  const endpoint = 'mysql://k3v:hunter2@tcp(db)/team';
  await expect(run(action, { K3V_DATASTORE_ENDPOINT: endpoint })).rejects.toMatchObject({
    code: 'DATASTORE_ELSEWHERE',
    message: `the database of this virtual cluster is mysql://k3v@db:3306/team, not in ${dataDir}`,
  });
});

test('those that were saved before can still be listed', async () => {
  await record(onPostgres);
  expect(await run({ do: 'list', json: true })).toBe('[]\n');
});

test.each(['{"distro":"kubernetes","version":"v1.36.3"}', '{"distro":"kubernetes","datastore":"sqlite"}', '{'])(
  'a restore goes on where the record is %s',
  async (text) => {
    await record(text);
    await expect(run(restore)).rejects.toMatchObject({ code: 'SNAPSHOT_MISSING' });
  },
);
