import { readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { recordPath } from '../control-plane/distro-record.ts';
import { K3vError } from '../errors.ts';
import { fileExists } from '../file-exists.ts';
import { ifMissing } from '../if-missing.ts';

/** All that k3v lays into a data directory, what was aside and half-written included. */
const ownNames =
  /^(state|pki|embedded-host|audit|snapshots|backups|restore|\.writable|status\.json.*|state\.corrupt-\d+|before-restore-.*)$/;

/** Throws FLAG_INVALID if there is something at `dataDir`, and k3v has made no data directory of it. */
export async function assertDataDir(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch(ifMissing<string[]>([]));
  const marks = [recordPath(dataDir), join(dataDir, 'state', 'CURRENT')];
  if (names.length === 0 || (await Promise.all(marks.map(fileExists))).includes(true)) return;
  throw new K3vError('FLAG_INVALID', `--delete-data: ${dataDir} is not a data directory of k3v`, {
    hint: 'Name it with --data-dir, or leave --delete-data out.',
  });
}

/** Removes what k3v has made in `dataDir`, and `dataDir` with it unless it holds something else. Returns the names of that. */
export async function removeDataDir(dataDir: string): Promise<string[]> {
  const names = await readdir(dataDir).catch(ifMissing<string[]>([]));
  const isOwn = (name: string) => ownNames.test(name);
  for (const name of names.filter(isOwn)) await rm(join(dataDir, name), { recursive: true, force: true });
  // Last, what tells that it is a data directory: whatever interrupts this, it can be done again.
  const record = recordPath(dataDir);
  const controlPlane = dirname(record);
  for (const name of await readdir(controlPlane).catch(ifMissing<string[]>([]))) {
    const path = join(controlPlane, name);
    if (path !== record) await rm(path, { recursive: true, force: true });
  }
  await rm(controlPlane, { recursive: true, force: true });
  const left = await readdir(dataDir).catch(ifMissing<string[]>([]));
  if (left.length === 0) await rmdir(dataDir).catch(ifMissing(undefined));
  return left;
}
