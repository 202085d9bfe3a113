import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { K3vError } from '../errors.ts';
import { type Given, givenAuthority, givenServiceAccountKey } from './given-authority.ts';
import { firstCertificate } from './pem-certificates.ts';

/** Authorities and keys of the operator's, as texts by the names that they have in `<data-dir>/pki/`. */
export type GivenKeys = ReadonlyMap<string, string>;

/**
 * Pairs of a --ca-dir, by the names that k3s and K3K have for them: what each is called in `pki/`, and whether what its certificate descends from is kept. It is not where
 * it would let others in: whoever a root has signed, too.
 */
const pairs = {
  'server-ca': { base: 'ca', isWhole: true },
  'client-ca': { base: 'client-ca', isWhole: false },
  'request-header-ca': { base: 'front-proxy-ca', isWhole: false },
} as const;
const serviceAccountFile = 'service.key';

/** Returns what `folder` gives. Rejects with CA_DIR_BROKEN if it gives nothing, or something that cannot be used at `now`. */
export async function readCaDir(folder: string, now: Date): Promise<GivenKeys> {
  const found = new Set(await namesIn(folder));
  const keys = new Map<string, string>();
  for (const [name, { base, isWhole }] of Object.entries(pairs)) {
    const [certName, keyName] = [`${name}.crt`, `${name}.key`];
    if (!found.has(certName) && !found.has(keyName)) continue;
    const missing = [certName, keyName].find((each) => !found.has(each));
    if (missing !== undefined) throw broken(folder, missing, 'is missing: a certificate and its key belong together');
    const [cert, key] = await Promise.all([textOf(folder, certName), textOf(folder, keyName)]);
    const { certPem, keyPem } = valueOf(givenAuthority(cert, key, now), folder, certName);
    keys.set(`${base}.crt`, isWhole ? certPem : firstCertificate(certPem)).set(`${base}.key`, keyPem);
  }
  if (found.has(serviceAccountFile)) {
    const text = await textOf(folder, serviceAccountFile);
    const { privatePem, publicPem } = valueOf(givenServiceAccountKey(text), folder, serviceAccountFile);
    keys.set('service-account.key', privatePem).set('service-account.pub', publicPem);
  }
  if (keys.size > 0) return keys;
  throw broken(
    folder,
    undefined,
    `holds none of ${[...Object.keys(pairs).map((name) => `${name}.crt`), serviceAccountFile].join(', ')}`,
  );
}

/** Returns what the file `name` of `pki/` is called in a --ca-dir, and by k3s; undefined for what only k3v has. */
export function givenFileOf(name: string): string | undefined {
  if (name === 'service-account.key') return serviceAccountFile;
  const [, base, ending] = /^(.*)\.(crt|key)$/.exec(name) ?? [];
  const found = Object.entries(pairs).find(([, pair]) => pair.base === base)?.[0];
  return found && `${found}.${ending}`;
}

/** Returns the error for keys in `where`, a data directory or a Secret, of which the file `name` of `pki/` is another than the given one. */
export function authoritiesDiffer(where: string, name: string): K3vError {
  const file = givenFileOf(name) ?? name;
  return new K3vError('CA_DIFFERS', `${file} of --ca-dir is another one than ${where} has`, {
    hint: 'Authorities are those of the first start: leave --ca-dir out to go on with them, or start with an empty --data-dir.',
  });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw broken(folder, undefined, 'cannot be read', error);
  }
}

async function textOf(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (error) {
    throw broken(folder, name, 'cannot be read', error);
  }
}

function valueOf<T>(given: Given<T>, folder: string, name: string): T {
  if ('wrong' in given) throw broken(folder, name, given.wrong);
  return given.value;
}

function broken(folder: string, name: string | undefined, why: string, cause?: unknown): K3vError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new K3vError('CA_DIR_BROKEN', `${name === undefined ? folder : join(folder, name)} ${why}${reason}`, {
    hint: 'The folder of --ca-dir holds server-ca, client-ca and request-header-ca, each as .crt and .key, and service.key: PEM; what is left out is made.',
    cause,
  });
}
