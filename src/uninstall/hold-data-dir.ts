import { join } from 'node:path';
import { readStatus } from '../cli/status.ts';
import { K3vError } from '../errors.ts';
import { fileExists } from '../file-exists.ts';
import { clusterIdKey, clusterUidKey } from '../state/cluster-id.ts';
import { openLevelStore } from '../state/level-store.ts';
import type { StateStore } from '../state/store.ts';
import { type Made, rememberedKinds } from '../syncer/made-kinds.ts';

/** What a data directory says of its virtual cluster. No k3v can start on it before `release`. */
export interface HeldDataDir {
  /** UID by which it claims its id; undefined if it does not say. */
  clusterUid: string | undefined;
  /** What was made for kinds that `--sync` named. */
  remembered: Made[];
  release(): Promise<void>;
}

/**
 * Takes hold of the data directory of the virtual cluster `id`; one that is not there, or has lost its state, says nothing. Rejects with STILL_RUNNING, FLAG_INVALID if it is
 * that of another id, and as `openLevelStore` does.
 */
export async function holdDataDir(dataDir: string, id: string): Promise<HeldDataDir> {
  assertNobodyUp(dataDir);
  const folder = join(dataDir, 'state');
  // Opening it would make it.
  if (!(await fileExists(join(folder, 'CURRENT')))) {
    return { clusterUid: undefined, remembered: [], release: async () => undefined };
  }
  const store = await openLevelStore(folder).catch((error: unknown) => {
    throw error instanceof K3vError && error.code === 'DATA_DIR_LOCKED' ? stillRunning(dataDir, error) : error;
  });
  try {
    await assertOwnId(store, dataDir, id);
    const uid = await store.get(clusterUidKey);
    const remembered: Made[] = [];
    for await (const [, made] of rememberedKinds(store)) remembered.push(made);
    return {
      clusterUid: typeof uid === 'string' ? uid : undefined,
      remembered,
      release: async () => await store.close(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The lock of the state says it, too, unless somebody has deleted that. */
function assertNobodyUp(dataDir: string): void {
  try {
    readStatus(dataDir);
  } catch {
    return;
  }
  throw stillRunning(dataDir);
}

async function assertOwnId(store: StateStore, dataDir: string, id: string): Promise<void> {
  const recorded = await store.get(clusterIdKey);
  if (typeof recorded !== 'string' || recorded === id) return;
  throw new K3vError('FLAG_INVALID', `${dataDir} is that of the virtual cluster "${recorded}", and --id is "${id}"`, {
    hint: `Give --id ${recorded}; or the --data-dir of "${id}" or, if that has gone, one that is not there.`,
  });
}

function stillRunning(dataDir: string, cause?: unknown): K3vError {
  return new K3vError('STILL_RUNNING', `k3v runs on ${dataDir}`, {
    hint: 'Stop it first: it would make all of it anew.',
    cause,
  });
}
