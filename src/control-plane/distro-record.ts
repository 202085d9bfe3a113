import { join } from 'node:path';
import { K3vError } from '../errors.ts';
import { readIfThere } from '../read-if-there.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import type { DistroName } from './control-plane.ts';

/** What a data directory was made with and last run with. */
export interface DistroRecord {
  distro: DistroName;
  version: string;
  /** Identity of the datastore; undefined until the control plane has been up on one. */
  datastore: string | undefined;
}

/** Reads `<dataDir>/control-plane/distro.json`; undefined in a new data directory. Rejects with `DATA_DIR_DISTRO` when it is damaged. */
export async function readDistroRecord(dataDir: string): Promise<DistroRecord | undefined> {
  const path = recordPath(dataDir);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const record = parseRecord(text);
  if (record) return record;
  throw new K3vError('DATA_DIR_DISTRO', `${path} does not say which distro the data directory was made with`, {
    hint: 'Write {"distro": "k3s"} or {"distro": "kubernetes"} into it.',
  });
}

export async function writeDistroRecord(dataDir: string, record: DistroRecord): Promise<void> {
  const { datastore = null } = record;
  await writeFileAtomically(recordPath(dataDir), `${JSON.stringify({ ...record, datastore })}\n`);
}

/** Returns the path of the record. */
export function recordPath(dataDir: string): string {
  return join(dataDir, 'control-plane', 'distro.json');
}

function parseRecord(text: string): DistroRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('distro' in value)) return undefined;
    const { distro } = value;
    if (distro !== 'k3s' && distro !== 'kubernetes') return undefined;
    const version = 'version' in value && typeof value.version === 'string' ? value.version : '';
    return { distro, version, datastore: datastoreIn(value) };
  } catch {
    return undefined;
  }
}

/** A record of an older k3v, which knew nothing but SQLite, does not name it. */
function datastoreIn(value: object): string | undefined {
  if (!('datastore' in value)) return 'sqlite';
  return typeof value.datastore === 'string' ? value.datastore : undefined;
}
