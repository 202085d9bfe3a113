import { appendFile, open, readFile, stat } from 'node:fs/promises';
import { unknownBegin } from './bundle-script.ts';

/** Appends the contents of `parts` to the packaged `file`, and writes into its script where they begin. Throws when the script is not there exactly once. */
export async function appendParts(file: string, parts: readonly string[]): Promise<void> {
  const content = await readFile(file);
  const at = content.indexOf(unknownBegin);
  if (at === -1 || content.indexOf(unknownBegin, at + 1) !== -1) {
    throw new Error(`${file} does not say exactly once where its parts begin`);
  }
  const label = unknownBegin.slice(0, unknownBegin.indexOf(':') + 1);
  const digits = String((await stat(file)).size).padStart(unknownBegin.length - label.length, '0');
  const handle = await open(file, 'r+');
  try {
    await handle.write(`${label}${digits}`, at);
  } finally {
    await handle.close();
  }
  for (const part of parts) await appendFile(file, await readFile(part));
}
