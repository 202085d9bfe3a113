import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { K3vError } from '../errors.ts';
import { ifMissing } from '../if-missing.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import type { DistroName } from './control-plane.ts';

/** What a data directory was made with and last run with. */
export interface DistroRecord {
  distro: DistroName;
  version: string;
}

/** Reads `<dataDir>/control-plane/distro.json`; undefined in a new data directory. Rejects with `DATA_DIR_DISTRO` when it is damaged. */
export async function readDistroRecord(dataDir: string): Promise<DistroRecord | undefined> {
  const path = recordPath(dataDir);
  const text = await readFile(path, 'utf8').catch(ifMissing(undefined));
  if (text === undefined) return undefined;
  const record = parseRecord(text);
  if (record) return record;
  throw new K3vError('DATA_DIR_DISTRO', `${path} does not say which distro the data directory was made with`, {
    hint: 'Write {"distro": "k3s"} or {"distro": "kubernetes"} into it.',
  });
}

export async function writeDistroRecord(dataDir: string, record: DistroRecord): Promise<void> {
  await writeFileAtomically(recordPath(dataDir), `${JSON.stringify(record)}\n`);
}

function recordPath(dataDir: string): string {
  return join(dataDir, 'control-plane', 'distro.json');
}

function parseRecord(text: string): DistroRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('distro' in value)) return undefined;
    const { distro } = value;
    if (distro !== 'k3s' && distro !== 'kubernetes') return undefined;
    return { distro, version: 'version' in value && typeof value.version === 'string' ? value.version : '' };
  } catch {
    return undefined;
  }
}
