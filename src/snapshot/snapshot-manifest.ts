import type { DistroName } from '../control-plane/control-plane.ts';
import { brokenSnapshot, newerSnapshot } from './snapshot-errors.ts';

/** The layout of snapshots that this k3v writes, and the newest that it reads. */
export const snapshotFormat = 1;

/** One file of a snapshot. */
export interface SnapshotFile {
  /** Below the data directory, with slashes: `pki/ca.key`. `state.json` is the state, not a file of it. */
  path: string;
  /** Bytes. */
  size: number;
  /** Permission bits. */
  mode: number;
  /** In hexadecimal digits. */
  sha256: string;
}

/** What a snapshot says about itself, in its first file. */
export interface SnapshotManifest {
  format: number;
  /** Version of the k3v that saved it. */
  k3v: string;
  /** The `--id` of the virtual cluster. */
  id: string;
  distro: DistroName;
  /** Version of the control plane, such as `v1.36.3` or `v1.36.3+k3s1`. */
  kubernetes: string;
  /** RFC 3339, UTC: the moment of which the database is. */
  takenAt: string;
  files: SnapshotFile[];
}

export const stateFile = 'state.json';

/** The folders of the data directory that a snapshot holds; a restore puts them in place of what is there. */
export const snapshotParts = ['pki', 'control-plane'] as const;

/** Returns the manifest in `text`. Throws SNAPSHOT_NEWER for a newer format, SNAPSHOT_BROKEN if it is none or names a file outside of the parts. */
export function parseSnapshotManifest(text: string, file: string): SnapshotManifest {
  let value: Record<string, unknown>;
  try {
    value = { ...(JSON.parse(text) as object) };
  } catch (error) {
    throw brokenSnapshot(file, 'has no readable manifest', error);
  }
  const { format, k3v, id, distro, kubernetes, takenAt, files } = value;
  if (typeof format === 'number' && format > snapshotFormat) {
    throw newerSnapshot(file, `has format ${format}; this k3v knows ${snapshotFormat}`);
  }
  if (
    format !== snapshotFormat ||
    typeof k3v !== 'string' ||
    typeof id !== 'string' ||
    (distro !== 'k3s' && distro !== 'kubernetes') ||
    typeof kubernetes !== 'string' ||
    typeof takenAt !== 'string' ||
    !Array.isArray(files)
  ) {
    throw brokenSnapshot(file, 'has a manifest that lacks something');
  }
  return { format, k3v, id, distro, kubernetes, takenAt, files: files.map((each) => parseFile(each, file)) };
}

function parseFile(value: unknown, snapshot: string): SnapshotFile {
  const { path, size, mode, sha256 } = { ...Object(value) } as Record<string, unknown>;
  if (
    typeof path === 'string' &&
    isInside(path) &&
    Number.isSafeInteger(size) &&
    Number.isSafeInteger(mode) &&
    typeof sha256 === 'string'
  ) {
    return { path, size: Number(size), mode: Number(mode) & 0o777, sha256 };
  }
  throw brokenSnapshot(snapshot, `names a file that cannot be one of its own: ${JSON.stringify(path)}`);
}

function isInside(path: string): boolean {
  if (path === stateFile) return true;
  const [part = '', ...rest] = path.split('/');
  return (
    snapshotParts.some((each) => each === part) &&
    rest.length > 0 &&
    rest.every((word) => word !== '' && word !== '.' && word !== '..' && !word.includes('\0'))
  );
}
