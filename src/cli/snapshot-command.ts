import { K3vError } from '../errors.ts';
import type { CommandEntry } from './command-entry.ts';

/** What `k3v snapshot …` is to do. */
export type SnapshotAction =
  /** `target`: name or path; undefined: named by id and time. */
  | { do: 'save'; target: string | undefined }
  | { do: 'restore'; source: string; anyId: boolean }
  | { do: 'list'; json: boolean };

/** Returns the action in the words after `snapshot`, of which the first is `save`, `restore` or `list`. Throws FLAG_INVALID if a word is missing. */
export function snapshotAction(
  [action, argument]: string[],
  { anyId, json }: { anyId: boolean; json: boolean },
): SnapshotAction {
  if (action === 'save') return { do: 'save', target: argument };
  if (action === 'list') return { do: 'list', json };
  if (argument !== undefined) return { do: 'restore', source: argument, anyId };
  throw new K3vError('FLAG_INVALID', 'k3v snapshot restore needs the name or the file of a snapshot', {
    hint: 'k3v snapshot list shows what there is.',
  });
}

export const snapshotEntry: CommandEntry = {
  usage: ['snapshot save [name or file]', 'snapshot restore <name or file> [--any-id]', 'snapshot list [-o json]'],
  summary: 'save, restore or list snapshots of the virtual cluster',
  about: [
    'Saves the virtual cluster into one file, and brings a data directory back to it.',
    'A name stands for <data-dir>/snapshots/<name>.tar.gz; with a slash in it, it is the path of a file. A snapshot holds the database, all keys and the state: who can read it is cluster-admin. It does not hold what lies on the host, such as the data of volumes.',
  ],
  subcommands: {
    save: { does: 'works while k3v runs and while it does not; without a name: id and UTC time', words: 1 },
    restore: {
      does: 'works while k3v does not run, also into an empty data directory on another machine. The snapshot is checked before anything is touched; what was there before is moved to <data-dir>/before-restore-…',
      words: 1,
    },
    list: { does: 'reads every snapshot to its end and says whether its checksum holds', words: 0 },
  },
  own: ['any-id', 'output'],
  heeds: ['data-dir', 'id', 'datastore-endpoint', 'debug'],
  examples: [
    ['k3v snapshot save before-upgrade', 'to come back to'],
    ['k3v snapshot restore before-upgrade', 'what was there is moved aside'],
    ['k3v snapshot save ./backup/team-a.tar.gz --data-dir /var/lib/k3v --id team-a', 'into a file elsewhere'],
  ],
};
