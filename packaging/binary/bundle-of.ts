import { readFile } from 'node:fs/promises';
import type { Bundle } from '../../src/bundle/bundle.ts';

/** Returns what the packaged `file` carries, as the script in it says. Rejects when it is no packaged file, or is of a k3v that did it in another way. */
export async function bundleOf(file: string): Promise<Bundle> {
  const text = (await readFile(file)).toString('latin1');
  // Up to the end of the string that it is in.
  const [carried] = /\{"target":"[\w-]+","parts":\[\{"name":[^'`\\\n]*\}\]\}/.exec(text) ?? [];
  const begin = /k3v parts begin at:(\d{16})/.exec(text)?.[1];
  if (carried === undefined || begin === undefined) throw new Error(`${file} is no packaged k3v`);
  return { file, begin: Number(begin), ...(JSON.parse(carried) as Pick<Bundle, 'target' | 'parts'>) };
}
