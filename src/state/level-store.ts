import { mkdir, rename } from 'node:fs/promises';
import { Level } from 'level';
import { K3vError } from '../errors.ts';
import type { JsonValue, StateStore } from './store.ts';

/**
 * Opens the store in `dir`, and makes it if there is none. A damaged one is moved aside to `<dir>.corrupt-<time>` and
 * made anew, as it is only a cache; `onRebuilt` hears of it. Rejects with K3vError: DATA_DIR_LOCKED while another
 * process has it open, DATA_DIR_NOT_WRITABLE, DISK_FULL, STATE_CORRUPT.
 */
export async function openLevelStore(
  dir: string,
  onRebuilt: (movedTo: string) => void = () => {},
): Promise<StateStore> {
  try {
    return await open(dir);
  } catch (error) {
    if (!(error instanceof K3vError) || error.code !== 'STATE_CORRUPT') throw error;
    const aside = `${dir}.corrupt-${Date.now()}`;
    await rename(dir, aside);
    onRebuilt(aside);
    return await open(dir);
  }
}

async function open(dir: string): Promise<StateStore> {
  const level = new Level<string, JsonValue>(dir, { valueEncoding: 'json' });
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await level.open();
    // LevelDB reads most of what it has only when it is asked for: whatever cannot be read has to show now.
    await level.iterator().all();
  } catch (error) {
    await level.close().catch(() => {});
    throw operatorError(dir, error) ?? damaged(dir, error);
  }
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw operatorError(dir, error) ?? error;
    }
  };
  return {
    get: async (key) => await told(level.get(key)),
    put: async (key, value) => await told(level.put(key, value)),
    delete: async (key) => await told(level.del(key)),
    batch: async (changes) =>
      await told(
        level.batch(
          changes.map(({ key, value }) => (value === undefined ? { type: 'del', key } : { type: 'put', key, value })),
        ),
      ),
    async *entries(prefix) {
      for await (const [key, value] of level.iterator({ gte: prefix })) {
        if (!key.startsWith(prefix)) return;
        yield [key, value];
      }
    },
    close: async () => await level.close(),
  };
}

/** Returns what keeps LevelDB from working, where it is not the content; undefined else. */
function operatorError(dir: string, error: unknown): unknown {
  const text = `${chain(error).join(' ')}`;
  if (text.includes('LEVEL_LOCKED')) {
    return new K3vError('DATA_DIR_LOCKED', `another k3v uses the state in ${dir}`, {
      hint: 'Stop it, or choose another --data-dir (and another --id).',
      cause: error,
    });
  }
  if (/ENOSPC|EDQUOT|No space left|quota exceeded/i.test(text)) {
    return new K3vError('DISK_FULL', `no space is left for ${dir}`, { hint: 'Free some space.', cause: error });
  }
  if (/EACCES|EROFS|EPERM|Permission denied|Read-only|not permitted/.test(text)) {
    return new K3vError('DATA_DIR_NOT_WRITABLE', `${dir} cannot be written`, {
      hint: 'Choose a --data-dir that this user may write.',
      cause: error,
    });
  }
  return /EMFILE|ENFILE|ENOMEM|Too many open files|Cannot allocate/.test(text) ? error : undefined;
}

/** Whatever else LevelDB says when it opens: of a file that is not as it left it, it may say anything from a missing file to no such device. */
function damaged(dir: string, cause: unknown): K3vError {
  return new K3vError('STATE_CORRUPT', `the state in ${dir} is damaged`, {
    hint: 'Delete it: it is a cache and is built anew.',
    cause,
  });
}

/** Codes and messages of an error and of its causes. */
function chain(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const code = 'code' in error ? String(error.code) : '';
  return [code, error.message, ...(error.cause === undefined ? [] : chain(error.cause))];
}
