import { resolve } from 'node:path';
import type { Config } from './cli/config.ts';
import { megabytes, showSnapshots } from './cli/show-snapshots.ts';
import type { SnapshotAction } from './cli/snapshot-command.ts';
import { dataDirError } from './control-plane/data-dir-error.ts';
import type { Logger } from './log.ts';
import type { Progress } from './progress.ts';
import { listSnapshots } from './snapshot/list-snapshots.ts';
import { assertOwnDatabase } from './snapshot/own-database.ts';
import { restoreSnapshot } from './snapshot/restore-snapshot.ts';
import { saveSnapshot } from './snapshot/save-snapshot.ts';

/** Does what `k3v snapshot …` says and returns what it prints. Rejects as the three do, and with DATASTORE_ELSEWHERE. */
export async function runSnapshotCommand(
  action: SnapshotAction,
  { config, log, progress }: { config: Pick<Config, 'dataDir' | 'id' | 'datastore'>; log: Logger; progress: Progress },
): Promise<string> {
  const dataDir = resolve(config.dataDir);
  const { id } = config;
  try {
    if (action.do !== 'list') await assertOwnDatabase(dataDir, config.datastore);
    switch (action.do) {
      case 'save': {
        const { file, size, manifest } = await saveSnapshot({ dataDir, target: action.target, id, log, progress });
        return `saved "${manifest.id}" (${manifest.distro} ${manifest.kubernetes}, ${megabytes(size)}) to ${file}\n`;
      }
      case 'restore': {
        const { manifest, aside } = await restoreSnapshot({ dataDir, ...action, id, log, progress });
        return `restored "${manifest.id}" as of ${manifest.takenAt} into ${dataDir}\nwhat was there before: ${aside}\n`;
      }
      case 'list': {
        const snapshots = await listSnapshots(dataDir);
        return action.json ? `${JSON.stringify(snapshots, null, 2)}\n` : showSnapshots(snapshots);
      }
    }
  } catch (error) {
    throw dataDirError(error, dataDir) ?? error;
  }
}
