import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { K3vError } from '../errors.ts';
import { fileExists } from '../file-exists.ts';
import { moduleDirectory } from './module-directory.ts';
import { moduleSource } from './module-source.ts';
import { pinnedVersion } from './pinned-version.ts';

const modulePath = 'github.com/k3s-io/kine';
/** Where kine makes the address of its database, for the SQLite that is translated to Go. */
const addressFile = 'pkg/drivers/sqlite/sqlite_nocgo.go';
const wrong = 'return "file://" + path + "?" + params, nil';
const right = 'return "file:///" + filepath.ToSlash(path) + "?" + params, nil';

/**
 * Returns a folder like `distro/kine` whose kine opens its database where paths begin with a drive: kine writes `file://C:\…`, of which SQLite takes `C:` for
 * the name of a machine. Made once, below `cacheDir`; a go.mod in it says that it is whole. Rejects like `moduleSource`, and with `BUILD_FAILED` when
 * kine makes its addresses in another way.
 */
export async function kineForDrives(cacheDir: string, signal: AbortSignal): Promise<string> {
  const folder = await kineForDrivesFolder(cacheDir);
  if (await hasKineForDrives(cacheDir)) return folder;
  const pinned = await moduleDirectory('kine');
  const source = await moduleSource(pinned, modulePath, signal);
  const temporary = `${folder}.${process.pid}.unfinished`;
  await rm(temporary, { recursive: true, force: true });
  for (const file of await readdir(source, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || file.name.endsWith('_test.go')) continue;
    const from = join(file.parentPath, file.name);
    await write(join(temporary, 'kine', from.slice(source.length + 1)), await readFile(from));
  }
  const address = join(temporary, 'kine', addressFile);
  await writeFile(address, withDrives(await readFile(address, 'utf8')));
  for (const name of ['go.sum', 'go.mod']) await write(join(temporary, name), await readFile(join(pinned, name)));
  await writeFile(join(temporary, 'go.mod'), `\nreplace ${modulePath} => ./kine\n`, { flag: 'a' });
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder);
  return folder;
}

/** Whether that folder has been made before. */
export async function hasKineForDrives(cacheDir: string): Promise<boolean> {
  return await fileExists(join(await kineForDrivesFolder(cacheDir), 'go.mod'));
}

/** Returns that file of kine as it should be. */
export function withDrives(source: string): string {
  if (source.includes(wrong)) return source.replace(wrong, right);
  throw new K3vError('BUILD_FAILED', `kine makes the address of its database in another way: see ${addressFile}`, {
    hint: 'Use another datastore with --datastore-endpoint, or a C compiler.',
  });
}

async function kineForDrivesFolder(cacheDir: string): Promise<string> {
  return join(cacheDir, 'sources', `kine-${await pinnedVersion('kine', modulePath)}-for-drives`);
}

async function write(path: string, content: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
