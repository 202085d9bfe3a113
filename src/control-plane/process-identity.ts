import { isRunning } from '../is-running.ts';
import { platform } from '../platform/this-platform.ts';

/** Tells a process from any other that later gets the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** When the process began, in the system's own words; empty where it does not say, and the process is told by its pid alone. */
  startedAt: string;
}

/**
 * Returns who runs under `pid`, or undefined when nobody does, the process is a zombie, or the system does not say when it began: whoever is to be killed
 * later must not be told by its pid alone.
 */
export async function identifyProcess(pid: number, startOf = platform.startOf): Promise<ProcessIdentity | undefined> {
  const startedAt = await startOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Returns who this process is, for a lock. On Windows there may be no PowerShell to ask when it began. */
export async function identifyThisProcess(startOf = platform.startOf): Promise<ProcessIdentity> {
  return (await identifyProcess(process.pid, startOf)) ?? { pid: process.pid, startedAt: '' };
}

/** Whether the very process of `identity` is alive. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.startedAt === '') return isRunning(identity.pid);
  return (await identifyProcess(identity.pid))?.startedAt === identity.startedAt;
}

/** Returns the identity written in `text` by `JSON.stringify`, or undefined when it is not one. */
export function parseProcessIdentity(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('startedAt' in value)) return undefined;
    const { pid, startedAt } = value;
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 1 || typeof startedAt !== 'string')
      return undefined;
    return { pid, startedAt };
  } catch {
    return undefined;
  }
}
