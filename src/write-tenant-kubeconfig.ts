import { diskFull } from './disk-full.ts';
import { K3vError } from './errors.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** Writes the tenant's kubeconfig to `path`, readable by its owner only. Rejects with FLAG_INVALID if it cannot be written there, or DISK_FULL. */
export async function writeTenantKubeconfig(path: string, content: string): Promise<void> {
  try {
    await writeFileAtomically(path, content);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const full = diskFull(error, path);
    if (full) throw full;
    throw new K3vError('FLAG_INVALID', `--write-kubeconfig ${path} cannot be written: ${error.message}`, {
      hint: 'Choose a path that this user may write.',
      cause: error,
    });
  }
}
