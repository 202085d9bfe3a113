import { datastoreError } from '../datastore/datastore-errors.ts';
import type { ExternalDatastore } from '../datastore/datastore.ts';
import { untilDatastoreAnswers } from '../datastore/until-datastore-answers.ts';
import type { ChildOptions } from './child.ts';

/** Returns how the end of a child that uses `datastore` is understood, and when there is sense in starting it again. */
export function datastoreSupervision(
  datastore: ExternalDatastore,
): Required<Pick<ChildOptions, 'explain' | 'restartable'>> {
  return {
    explain: (stderr) => datastoreError(datastore, storageWords(stderr)),
    restartable: async (signal) =>
      await untilDatastoreAnswers(datastore, { timeoutMs: Number.POSITIVE_INFINITY, signal }),
  };
}

/**
 * What etcd says, and kine from where it says that it cannot use the database: before that it may have looked in vain into others, to see if it has to
 * make its own.
 */
function storageWords(stderr: readonly string[]): string {
  const start = stderr.findLastIndex((line) => /Failed to ping database|failed to create driver/.test(line));
  const ofKine = start < 0 ? [] : stderr.slice(start);
  return [...stderr.filter((line) => line.includes('etcdserver: ')), ...ofKine].join('\n');
}
