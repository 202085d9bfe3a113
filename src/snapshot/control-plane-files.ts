import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DistroName } from '../control-plane/control-plane.ts';
import { ifMissing } from '../if-missing.ts';
import type { SnapshotSource } from './write-snapshot.ts';

/** Where each distro keeps its SQLite database, below the data directory. */
export const databaseOf: Record<DistroName, string> = {
  kubernetes: 'control-plane/kubernetes/kine.db',
  k3s: 'control-plane/k3s/server/db/state.db',
};

/** What k3s unpacks and writes anew at each start, and the folder of its database, which is copied in its own way. */
const k3sLeftOut = ['db', 'manifests', 'static', 'etc', 'logs'];

/**
 * Returns what makes the virtual cluster the same one elsewhere, beside its database and state: which distro it is, and all keys and certificates;
 * of k3s its server folder, whose token opens the keys that it keeps in the database. Not logs, pid files and sockets; and not what names paths of
 * this machine and is written at each start: kubeconfigs of the control plane's own parts, the egress configuration. Links are left out: k3s makes its own.
 */
export async function controlPlaneFiles(dataDir: string, distro: DistroName): Promise<SnapshotSource[]> {
  const record = 'control-plane/distro.json';
  const paths = [record, ...(await filesBelow(dataDir, 'pki'))];
  if (distro === 'k3s') paths.push(...(await filesBelow(dataDir, 'control-plane/k3s/server', k3sLeftOut)));
  const kept = paths.filter((path) => !path.endsWith('.tmp') && !path.endsWith('.kubeconfig'));
  return await Promise.all(
    kept.map(async (path) => {
      const file = join(dataDir, path);
      return { path, mode: (await stat(file)).mode & 0o777, content: await readFile(file) };
    }),
  );
}

async function filesBelow(dataDir: string, folder: string, leftOut: string[] = []): Promise<string[]> {
  const entries = await readdir(join(dataDir, folder), { withFileTypes: true }).catch(ifMissing([]));
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    if (leftOut.includes(entry.name)) continue;
    if (entry.isDirectory()) found.push(...(await filesBelow(dataDir, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}
