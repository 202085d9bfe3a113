import { readDistroRecord } from '../control-plane/distro-record.ts';
import { type Datastore, showDatastore } from '../datastore/datastore.ts';
import { K3vError } from '../errors.ts';

/**
 * Rejects with DATASTORE_ELSEWHERE when the database of the virtual cluster is not in `dataDir`: by what the flags say, or by what the directory was
 * last run on.
 */
export async function assertOwnDatabase(dataDir: string, datastore: Datastore): Promise<void> {
  // Of a damaged record a save has more to say, and a restore is what helps.
  const recorded = (await readDistroRecord(dataDir).catch(() => undefined))?.datastore ?? 'sqlite';
  if (datastore.kind === 'sqlite' && recorded === 'sqlite') return;
  const where = datastore.kind === 'sqlite' ? recorded : showDatastore(datastore);
  throw new K3vError('DATASTORE_ELSEWHERE', `the database of this virtual cluster is ${where}, not in ${dataDir}`, {
    hint: `Save and restore it with its own tools, such as pg_dump, mysqldump or etcdctl, and ${dataDir} with it, while k3v does not run.`,
  });
}
