import { K3vError } from '../errors.ts';
import type { CommandEntry } from './command-entry.ts';
import { parseDuration } from './duration.ts';
import { type OwnFlagName, ownFlags } from './own-flags.ts';

/** What `k3v uninstall` is to do. */
export interface UninstallWish {
  /** Without asking. */
  yes: boolean;
  /** Shows what there is, and no more. */
  dryRun: boolean;
  /** Removes the data directory, too. */
  deleteData: boolean;
  /** How long the host may take to delete it all. */
  seconds: number;
}

/** Returns the wish in the flags, as yargs gives them. Throws FLAG_INVALID. */
export function uninstallWish(given: Record<string, unknown>): UninstallWish {
  const { timeout = ownFlags.timeout.default } = given;
  const seconds = typeof timeout === 'string' ? parseDuration(timeout) : undefined;
  if (seconds === undefined) {
    throw new K3vError('FLAG_INVALID', `--timeout is ${JSON.stringify(timeout)}`, {
      hint: 'It must be a time such as 90s or 5m.',
    });
  }
  const isSet = (name: OwnFlagName) => given[name] === true;
  return { yes: isSet('yes'), dryRun: isSet('dry-run'), deleteData: isSet('delete-data'), seconds };
}

export const uninstallEntry: CommandEntry = {
  usage: ['uninstall [--dry-run] [--yes] [--delete-data] [--timeout 5m]'],
  summary: 'delete all that it has made on the host',
  about: [
    'Deletes all that a virtual cluster has made in its host namespace, after showing how much that is and asking. k3v must not run.',
    'Give it the flags that k3v ran with: what it made is found by --id, in that namespace. What only looks like it, such as a copy under another name, is left alone; so are the namespace itself, the account of k3v and its Role. What is in persistent volumes goes with their claims, as the StorageClass of the host says. It can be run again if it was interrupted, and without the data directory; custom resources are found if that, or --sync, names them.',
  ],
  own: ['dry-run', 'yes', 'delete-data', 'timeout'],
  heeds: ['kubeconfig', 'context', 'namespace', 'id', 'data-dir', 'sync', 'sync-rules'],
  examples: [
    ['k3v uninstall --kubeconfig host.yaml --namespace team-a --dry-run', 'what there is'],
    ['k3v uninstall --kubeconfig host.yaml --namespace team-a --yes --delete-data', 'all of it, without a question'],
  ],
};
