import { join, resolve, sep } from 'node:path';

const suffix = '.tar.gz';

/** Returns the folder that holds the snapshots of a data directory. */
export function snapshotFolder(dataDir: string): string {
  return join(dataDir, 'snapshots');
}

/** Returns the file that a user means: a path if there is a slash in it, else the name of a snapshot of the data directory, with or without `.tar.gz`. */
export function snapshotPlace(dataDir: string, nameOrFile: string): string {
  if (nameOrFile.includes('/') || nameOrFile.includes(sep)) return resolve(nameOrFile);
  const file = nameOrFile.endsWith(suffix) ? nameOrFile : `${nameOrFile}${suffix}`;
  return join(snapshotFolder(dataDir), file);
}

/** Returns the name of a snapshot file, or undefined for any other file. */
export function snapshotName(file: string): string | undefined {
  return file.endsWith(suffix) && file !== suffix ? file.slice(0, -suffix.length) : undefined;
}

/** Returns `<id>-<UTC time>`, such as `default-20261128T195959Z`. */
export function defaultSnapshotName(id: string, time: Date): string {
  return `${id}-${compactTime(time)}`;
}

/** Returns a time to the second, in the basic format of ISO 8601, which every file system takes. */
export function compactTime(time: Date): string {
  return time
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
}
