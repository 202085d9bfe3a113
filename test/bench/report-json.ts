import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readIfThere } from '../../src/read-if-there.ts';
import type { Result } from './results.ts';

/** Returns the results that lie in `file`; undefined where there is no such file. */
export async function readResults(file: string): Promise<Result[] | undefined> {
  const text = await readIfThere(file);
  return text === undefined ? undefined : (JSON.parse(text) as { results: Result[] }).results;
}

/** Writes `results` to `file`, with all their samples. */
export async function writeResults(file: string, results: readonly Result[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ results }, undefined, 2)}\n`);
}
