import { datastoreIdentity, isSameDatastore } from '../datastore/datastore-identity.ts';
import { type Datastore, showDatastore } from '../datastore/datastore.ts';
import { K3vError } from '../errors.ts';
import { recordPath } from './distro-record.ts';

/**
 * Throws DATA_DIR_DATASTORE when `datastore` is not the one that the data directory was last run on, whose identity is `recorded`: the tenant would
 * find an empty cluster there, or another's. Another user or password, or other members beside one that stays, make no other datastore.
 */
export function assertSameDatastore({
  recorded,
  datastore,
  dataDir,
}: {
  recorded: string | undefined;
  datastore: Datastore;
  dataDir: string;
}): void {
  const identity = datastoreIdentity(datastore);
  if (recorded === undefined || isSameDatastore(recorded, identity)) return;
  const last = recorded === 'sqlite' ? showDatastore({ kind: 'sqlite' }) : recorded;
  const back = recorded === 'sqlite' ? 'Leave --datastore-endpoint out' : `Give --datastore-endpoint for ${recorded}`;
  throw new K3vError(
    'DATA_DIR_DATASTORE',
    `${dataDir} was last run on ${last}, and ${showDatastore(datastore)} is another datastore`,
    {
      hint: `${back}, or use another --data-dir. If the same data lies there now, write "datastore":"${identity}" into ${recordPath(dataDir)}.`,
    },
  );
}
