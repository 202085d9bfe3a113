import { readFile } from 'node:fs/promises';
import { ifMissing } from './if-missing.ts';

/** Returns the text of a file, or undefined where there is none. Rejects with the system's error. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(ifMissing(undefined));
}
