import { K3vError } from '../errors.ts';

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

export const snapshotHelp = `k3v snapshot save [name or file]
k3v snapshot restore <name or file> [--any-id]
k3v snapshot list [-o json]

Saves the virtual cluster into one file, and brings a data directory back to it.

A name stands for <data-dir>/snapshots/<name>.tar.gz; with a slash in it, it is the path of a file. A snapshot holds the database,
all keys and the state: who can read it is cluster-admin. It does not hold what lies on the host, such as the data of volumes.

  save      works while k3v runs and while it does not; without a name: id and UTC time
  restore   works while k3v does not run, also into an empty data directory on another machine. The snapshot is checked
            before anything is touched; what was there before is moved to <data-dir>/before-restore-…
  list      reads every snapshot to its end and says whether its checksum holds

Flags, as for k3v itself:
  --data-dir   of the virtual cluster [default: ./k3v-data]
  --id         the one that k3v runs with [default: default]
  --any-id     of restore: take a snapshot of another id
  --output, -o of list: text or json

Examples:
  k3v snapshot save before-upgrade
  k3v snapshot restore before-upgrade
  k3v snapshot save ./backup/team-a.tar.gz --data-dir /var/lib/k3v --id team-a`;
