import { rename } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const attempts = 50;
const pauseMs = 200;

/**
 * Renames as Windows needs it: a folder with a file in it that some process has open cannot be renamed there, and scanners for viruses open each program that
 * has just been written for a moment. Rejects with what the system says if it still says so after ten seconds, and at once with anything else.
 */
export async function renameWhenLetGo(
  from: string,
  to: string,
  { attempt = rename, pause = async () => await delay(pauseMs) }: RenameTools = {},
): Promise<void> {
  for (let left = attempts; ; left--) {
    try {
      return await attempt(from, to);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (left === 1 || !/^(EACCES|EBUSY|EPERM)$/.test(code)) throw error;
    }
    await pause();
  }
}

interface RenameTools {
  attempt?: (from: string, to: string) => Promise<void>;
  pause?: () => Promise<unknown>;
}
