import { join } from 'node:path';
import { readIfThere } from '../read-if-there.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { type GivenKeys, authoritiesDiffer, givenFileOf } from './ca-dir.ts';

/**
 * Throws CA_DIFFERS if `own`, the files in `pki/` of `where`, are others than the given ones. As long as it has no authority of users, that of its servers knows users, too.
 */
export function assertSameKeys(own: GivenKeys, given: GivenKeys, where: string): void {
  const differs = ([name, text]: [string, string]) => own.has(name) && own.get(name) !== text;
  const wrong = [...given].find(differs)?.[0];
  const isSigned = own.has('ca.crt') && !own.has('client-ca.crt') && given.has('client-ca.crt');
  const name = wrong ?? (isSigned ? 'client-ca.crt' : undefined);
  if (name !== undefined) throw authoritiesDiffer(where, name);
}

/** Has `pki/` of the data directory hold the given keys, from its first start on. Rejects with CA_DIFFERS before it writes anything if it has others. */
export async function adoptKeys(dataDir: string, given: GivenKeys): Promise<void> {
  const pki = join(dataDir, 'pki');
  const own = await filesIn(pki, new Set([...given.keys(), 'ca.crt', 'client-ca.crt']));
  assertSameKeys(own, given, dataDir);
  const users = own.has('ca.crt') || own.has('client-ca.crt') ? [] : await ownClientAuthority(given);
  const written = [...users, ...given].filter(([name]) => !own.has(name));
  // Those of users first: where there are none, a start would take the given authority of servers for theirs.
  const isLater = ([name]: readonly [string, string]) => (name.startsWith('client-ca') ? 0 : 1);
  for (const [name, text] of written.toSorted((a, b) => isLater(a) - isLater(b))) {
    await writeFileAtomically(join(pki, name), text);
  }
}

/** The same for k3s, which looks for them below `folder`, its data, and makes what is not given. */
export async function adoptK3sKeys(folder: string, given: GivenKeys, dataDir: string): Promise<void> {
  const tls = join(folder, 'server', 'tls');
  for (const [name, text] of given) {
    const file = givenFileOf(name);
    const found = file === undefined ? text : await readIfThere(join(tls, file));
    if (found !== undefined && found !== text) throw authoritiesDiffer(dataDir, name);
  }
  for (const [name, text] of given) {
    const file = givenFileOf(name);
    if (file !== undefined) await writeFileAtomically(join(tls, file), text);
  }
}

/** Returns a new authority of users where `given` has one of servers alone: whom that knows must not get in. Else nothing. */
export async function ownClientAuthority(given: GivenKeys): Promise<[file: string, text: string][]> {
  if (!given.has('ca.crt') || given.has('client-ca.crt')) return [];
  const { createAuthority } = await import('./certificates.ts');
  const { certPem, keyPem } = await createAuthority('k3v-client-ca');
  return [
    ['client-ca.crt', certPem],
    ['client-ca.key', keyPem],
  ];
}

async function filesIn(folder: string, names: ReadonlySet<string>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of names) {
    const text = await readIfThere(join(folder, name));
    if (text !== undefined) found.set(name, text);
  }
  return found;
}
