import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { platform } from '../platform/this-platform.ts';
import { isAlive, parseProcessIdentity } from './process-identity.ts';

const graceMs = 5000;
const pollMs = 25;

/**
 * Ends the process that `pidFile` names, if it is still the same process, and removes the file. Such a child outlives
 * k3v only if its watchdog was killed too. It is asked to end, and killed with all that it started after 5 s.
 */
export async function endStaleChild(pidFile: string, log: Logger): Promise<void> {
  const identity = parseProcessIdentity(await readFile(pidFile, 'utf8').catch(() => ''));
  if (identity && (await isAlive(identity))) {
    log.warn({ pid: identity.pid, pidFile }, 'ending a child that an earlier k3v left behind');
    platform.askToEnd(identity.pid);
    const deadline = performance.now() + graceMs;
    while (await isAlive(identity)) {
      if (performance.now() > deadline) platform.kill(identity.pid);
      await delay(pollMs);
    }
  }
  await rm(pidFile, { force: true });
}

/** Ends every stale child that has a pid file (`*.pid`) in `directory`; the folder need not exist. */
export async function endStaleChildren(directory: string, log: Logger): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const pidFiles = names.filter((name) => name.endsWith('.pid'));
  await Promise.all(pidFiles.map((name) => endStaleChild(join(directory, name), log)));
}
