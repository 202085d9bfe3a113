import { open, readFile, realpath, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { K3vError } from '../../errors.ts';
import { ifMissing } from '../../if-missing.ts';
import { delay } from '../../kube/delay.ts';
import { makeFolder } from '../../make-folder.ts';
import { writeFileAtomically } from '../../write-file-atomically.ts';

const lockMs = 3_000;
const everyMs = 50;

/**
 * Writes what `change` makes of the kubeconfig `file` (empty if it is not there), where a link leads if it is one, and under the lock that kubectl takes: nothing that somebody else writes
 * at the same time is lost. Its owner alone can read it then. Rejects with FLAG_INVALID if `change` throws, or the file cannot be read or written; it is as it was then.
 */
export async function changeKubeconfig(
  file: string,
  change: (text: string) => string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const path = await realpath(file).catch(ifMissing(file));
    await makeFolder(dirname(path), 0o700);
    await locked(`${path}.lock`, signal, async () => {
      const text = await readFile(path, 'utf8').catch(ifMissing(''));
      await writeFileAtomically(path, changed(text, { change, path }));
    });
  } catch (error) {
    if (error instanceof K3vError || !(error instanceof Error && 'code' in error)) throw error;
    throw new K3vError('FLAG_INVALID', `--merge: ${file} cannot be changed: ${error.message}`, {
      hint: 'Name a file that this user may write with --to.',
      cause: error,
    });
  }
}

function changed(text: string, { change, path }: { change: (text: string) => string; path: string }): string {
  try {
    return change(text);
  } catch (error) {
    throw new K3vError('FLAG_INVALID', `--merge: nothing can be added to ${path}: ${(error as Error).message}`, {
      hint: 'Name another file with --to, or leave --merge out; kubectl config rename-context makes room for a name.',
      cause: error,
    });
  }
}

/** As client-go does it: who makes the file has the lock. It waits a moment for it, as writing takes no longer. */
async function locked(path: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(lockMs)]);
  for (;;) {
    const isTaken = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const lock = await open(path, 'wx').catch((error: unknown) => {
      if (isTaken(error)) return undefined;
      throw error;
    });
    if (lock) {
      await lock.close();
      break;
    }
    if (deadline.aborted) throw await stillLocked(path);
    await delay(everyMs, deadline);
  }
  try {
    await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function stillLocked(path: string): Promise<K3vError> {
  const since = await stat(path).then(
    ({ mtime }) => `, since ${mtime.toISOString()}`,
    () => '',
  );
  return new K3vError('FLAG_INVALID', `--merge: another program is writing the file: there is ${path}${since}`, {
    hint: 'Run the same again; if no program writes it, delete that lock.',
  });
}
