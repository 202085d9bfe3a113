import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { K3vError } from '../errors.ts';
import { isRunning } from '../is-running.ts';

/** What a running k3v says about itself; written to `<data-dir>/status.json`. */
export interface Status {
  pid: number;
  startedAt: string;
  distro: string;
  version: string;
  /** Where the objects are kept; without a password. */
  datastore: string;
  host: { server: string; version: string; namespace: string; simulated: boolean };
  id: string;
  kubeconfig: string;
  children: Record<string, number>;
  synced: boolean;
  /** Where others may share the virtual cluster: who this one is, and who leads, as far as it knows. */
  replica?: { identity: string; leads: boolean; leader?: string | undefined } | undefined;
  /** Of `--manifests`: `waiting` are those that are not in place, and why; `broken` is why the files as they are cannot be used. */
  manifests?: { total: number; waiting: Record<string, string>; broken?: string | undefined } | undefined;
  kinds: {
    kind: string;
    plural: string;
    virtual: number;
    host: number;
    /** Virtual objects of which nothing is pending or refused. */
    inSync: number;
    /** Those that will be in sync when their turn comes, or when something that they wait for is there. */
    pending: number;
    /** Those that stay as they are until somebody changes something. */
    refused: number;
    /** The first of these two with what is known of it, refused ones first. `reason` is that of the event that tells the tenant. */
    failing: Record<string, { reason?: string; message: string }>;
    /** Keys in the queue. */
    waiting: number;
  }[];
  /** Optional host kinds that k3v may not read. */
  forbidden: string[];
}

/** Of what is not in place, this many are named. */
export const maxNamed = 20;

/** Returns the path of the status file of a data directory. */
export function statusFile(dataDir: string): string {
  return join(dataDir, 'status.json');
}

/** Returns the status of the k3v that runs on `dataDir`. Throws NOT_RUNNING if there is none. */
export function readStatus(dataDir: string): Status {
  const notRunning = new K3vError('NOT_RUNNING', `no k3v runs on ${dataDir}`, {
    hint: 'Start it, or name its directory with --data-dir.',
  });
  const file = statusFile(dataDir);
  if (!existsSync(file)) throw notRunning;
  const status = JSON.parse(readFileSync(file, 'utf8')) as Status;
  if (!isRunning(status.pid)) throw notRunning;
  return status;
}

/** Removes the status file, unless it is that of another k3v, as when this one could not start because that one runs. */
export function removeStatus(dataDir: string): void {
  const file = statusFile(dataDir);
  if (!existsSync(file)) return;
  const status = JSON.parse(readFileSync(file, 'utf8')) as Status;
  if (status.pid === process.pid || !isRunning(status.pid)) rmSync(file, { force: true });
}
