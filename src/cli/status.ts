import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { K3vError } from '../errors.ts';

/** What a running k3v says about itself; written to `<data-dir>/status.json`. */
export interface Status {
  pid: number;
  startedAt: string;
  distro: string;
  version: string;
  host: { server: string; version: string; namespace: string; simulated: boolean };
  id: string;
  kubeconfig: string;
  children: Record<string, number>;
  synced: boolean;
  kinds: {
    kind: string;
    plural: string;
    virtual: number;
    host: number;
    waiting: number;
    failing: Record<string, string>;
  }[];
  /** Optional host kinds that k3v may not read. */
  forbidden: string[];
}

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
  if (!isAlive(status.pid)) throw notRunning;
  return status;
}

/** Removes the status file, unless it is that of another k3v, as when this one could not start because that one runs. */
export function removeStatus(dataDir: string): void {
  const file = statusFile(dataDir);
  if (!existsSync(file)) return;
  const status = JSON.parse(readFileSync(file, 'utf8')) as Status;
  if (status.pid === process.pid || !isAlive(status.pid)) rmSync(file, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Returns `status` as a person reads it. */
export function showStatus(status: Status): string {
  const lines = [
    `k3v is up (pid ${status.pid}, since ${status.startedAt})`,
    `  distro      ${status.distro} ${status.version}`,
    `  host        ${status.host.server} ${status.host.version}${status.host.simulated ? ' (simulated pods)' : ''}`,
    `  namespace   ${status.host.namespace}, id ${status.id}`,
    `  kubeconfig  ${status.kubeconfig}`,
    `  in sync     ${status.synced ? 'yes' : 'not yet'}`,
    `  forbidden   ${status.forbidden.length > 0 ? `${status.forbidden.join(', ')} (optional)` : 'nothing'}`,
    '',
    `  ${'KIND'.padEnd(32)}${'VIRTUAL'.padStart(8)}${'HOST'.padStart(8)}${'WAITING'.padStart(9)}${'FAILING'.padStart(9)}`,
  ];
  for (const { plural, virtual, host, waiting, failing } of status.kinds) {
    const numbers = [virtual, host, waiting, Object.keys(failing).length].map(String);
    lines.push(
      `  ${plural.padEnd(32)}${numbers.map((text, index) => text.padStart(index < 2 ? 8 : 9)).join('')}`,
      ...Object.entries(failing).map(([key, reason]) => `    ${key}: ${reason}`),
    );
  }
  return `${lines.join('\n')}\n`;
}
