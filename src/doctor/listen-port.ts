import { readStatus } from '../cli/status.ts';
import { assertPortFree } from '../control-plane/free-port.ts';
import { K3vError } from '../errors.ts';
import type { Facts } from './facts.ts';

/** Who has the port of the virtual API server. */
export interface PortState {
  /** Of the k3v that runs on the data directory. */
  pid?: number;
  /** Why nobody else may have it; undefined if it is free, or that k3v's. */
  taken?: K3vError;
}

const known = new WeakMap<Facts, Promise<PortState>>();

/** Returns the state of the port as it was before any check listened on it. */
export async function listenPortState(facts: Facts): Promise<PortState> {
  const state = known.get(facts) ?? find(facts);
  known.set(facts, state);
  return await state;
}

async function find({ config, dataDir }: Facts): Promise<PortState> {
  const pid = pidOf(dataDir);
  if (pid !== undefined) return { pid };
  try {
    await assertPortFree(config.listenPort);
    return {};
  } catch (error) {
    if (error instanceof K3vError) return { taken: error };
    throw error;
  }
}

function pidOf(dataDir: string): number | undefined {
  try {
    return readStatus(dataDir).pid;
  } catch {
    return undefined;
  }
}
