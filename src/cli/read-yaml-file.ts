import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { K3vError } from '../errors.ts';

/** Returns what stands in the YAML file `path`; an empty one holds an empty map. Throws what `broken` makes of the reason where it cannot be read. */
export function readYamlFile(path: string, broken: (why: string, cause: unknown) => K3vError): unknown {
  try {
    return parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    // Its first line: after that comes the piece of the file, in which there may be a password.
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split(/:?\n/);
    throw broken(`cannot be read: ${why}`, error);
  }
}
