import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseProcessIdentity } from '../../src/control-plane/process-identity.ts';

/** The children of k3v, as their pid files are named. */
export const childNames = ['kine', 'kube-apiserver', 'kube-controller-manager'] as const;

export type ChildName = (typeof childNames)[number];

/** Returns the pid of the child `name` of the k3v that runs in `folder`, or undefined while it is down. */
export async function childPid(folder: string, name: ChildName): Promise<number | undefined> {
  const file = join(folder, 'k3v-data/control-plane/run', `${name}.pid`);
  return parseProcessIdentity(await readFile(file, 'utf8').catch(() => ''))?.pid;
}
