import { randomBytes } from 'node:crypto';
import type { StateStore } from '../state/store.ts';

const key = 'replica';

/** Where a k3v runs. */
export interface ReplicaPlace {
  hostname: string;
  /** Absolute. */
  dataDir: string;
}

/**
 * Returns by what name this k3v is known among those that share the virtual cluster; fit for the name of an object. It is the same after a restart, so that
 * what the process before held is this one's at once, and another one where the data directory is a copy.
 */
export async function replicaIdentity(store: StateStore, { hostname, dataDir }: ReplicaPlace): Promise<string> {
  const stored = Object(await store.get(key));
  const identity: unknown = Reflect.get(stored, 'identity');
  const isHere = Reflect.get(stored, 'hostname') === hostname && Reflect.get(stored, 'dataDir') === dataDir;
  if (isHere && typeof identity === 'string') return identity;
  const readable = hostname
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  const made = `${readable}-${randomBytes(4).toString('hex')}`.replace(/^-+/, '');
  await store.put(key, { identity: made, hostname, dataDir });
  return made;
}
