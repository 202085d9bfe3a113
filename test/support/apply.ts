import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Runs `kubectl apply` with `items`, by a file in `folder`; returns what it says. */
export async function applyWith(
  kubectl: (...args: string[]) => Promise<string>,
  folder: string,
  items: object[],
): Promise<string> {
  const file = join(folder, 'manifest.json');
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return await kubectl('apply', '-f', file);
}
