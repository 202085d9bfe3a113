import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { isAlive, parseProcessIdentity } from '../../src/control-plane/process-identity.ts';

/** Name of the file in a host's folder that says which process holds its box. */
export const processFile = 'process.json';
const patienceMs = 30_000;
const pollMs = 50;

/** Whether the host of `folder` runs. */
export async function isUp(folder: string): Promise<boolean> {
  const identity = await readProcess(folder);
  return identity !== undefined && (await isAlive(identity));
}

/**
 * Ends the host of `folder`, if it runs, and removes everything of it: processes, cable, cgroups, files. Safe to call twice
 * and after a crash. Rejects if something cannot be removed.
 */
export async function removeHost(folder: string, networkInterface: string): Promise<void> {
  const identity = await readProcess(folder);
  if (identity && (await isAlive(identity))) {
    // It takes the first process of the box along, and that one all others.
    process.kill(identity.pid, 'SIGKILL');
    await until(`process ${identity.pid} ends`, async () => !(await isAlive(identity)));
  }
  // The cable goes with the box's network namespace, a moment after the last process in it.
  await until(`${networkInterface} is gone`, async () => !(await hasInterface(networkInterface)));
  const cgroups = await readFile(join(folder, 'cgroups'), 'utf8').catch(() => '');
  for (const cgroup of cgroups.split('\n').filter(Boolean)) {
    await until(`${cgroup} is empty`, async () => await removeCgroup(cgroup));
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

async function readProcess(folder: string) {
  return parseProcessIdentity(await readFile(join(folder, processFile), 'utf8').catch(() => ''));
}

async function hasInterface(name: string): Promise<boolean> {
  return !(await execa('ip', ['link', 'show', name], { reject: false, stdin: 'ignore' })).failed;
}

/** The kernel lets a cgroup go when it has neither processes nor children. Returns whether it is gone. */
async function removeCgroup(cgroup: string): Promise<boolean> {
  const children = await readdir(cgroup, { withFileTypes: true }).catch(() => []);
  for (const child of children) if (child.isDirectory()) await removeCgroup(join(cgroup, child.name));
  return await rmdir(cgroup).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs / 1000} s in vain until ${what}`);
    await delay(pollMs);
  }
}
