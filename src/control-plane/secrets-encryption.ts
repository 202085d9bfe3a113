import { createHash, randomBytes } from 'node:crypto';
import { stringify } from 'yaml';
import { K3vError } from '../errors.ts';
import { readIfThere } from '../read-if-there.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';

/** The key of a data directory: 32 bytes in base64. */
const keyShape = /^[A-Za-z0-9+/]{43}=$/;
const keyBytes = 32;

/** Where the key lies, where the record of which one it is, which does not lie beside it, and where the configuration goes. */
interface EncryptionFiles {
  keyFile: string;
  recordFile: string;
  file: string;
}

/**
 * Writes to `file` how the API server keeps Secrets in its database, and returns the flag that goes with it: encrypted by the key in `keyFile`, which is made if
 * there was none ever, or, when `encrypts` is false, as plain text. What was written the other way before can be read all the same. None where nothing was ever
 * encrypted and nothing shall be. Rejects with ENCRYPTION_KEY_BROKEN if the key is not the one that there was.
 */
export async function prepareSecretsEncryption(
  encrypts: boolean,
  { keyFile, recordFile, file }: EncryptionFiles,
): Promise<Record<string, string>> {
  const [found, recorded] = (await Promise.all([keyFile, recordFile].map(readIfThere))).map((text) => text?.trim());
  if (found === undefined && recorded === undefined && !encrypts) return {};
  const key = found ?? newEncryptionKey().trim();
  if (!keyShape.test(key) || (recorded !== undefined && recorded !== digestOf(key))) throw broken(keyFile);
  if (found === undefined) await writeFileAtomically(keyFile, `${key}\n`);
  if (recorded === undefined) await writeFileAtomically(recordFile, `${digestOf(key)}\n`);
  await writeFileAtomically(file, encryptionConfiguration(key, encrypts));
  return { 'encryption-provider-config': file };
}

/** Returns the content of a new key file. */
export function newEncryptionKey(): string {
  return `${randomBytes(keyBytes).toString('base64')}\n`;
}

function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function broken(keyFile: string): K3vError {
  return new K3vError(
    'ENCRYPTION_KEY_BROKEN',
    `${keyFile} is missing, damaged, or not the key that Secrets were encrypted with`,
    {
      hint: 'Bring it back from a snapshot or a backup: without it the Secrets in the database cannot be read.',
    },
  );
}

/** Returns the EncryptionConfiguration: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/. The first provider writes, all of them read. */
export function encryptionConfiguration(key: string, encrypts: boolean): string {
  const secretbox = { secretbox: { keys: [{ name: 'key1', secret: key }] } };
  const plain = { identity: {} };
  return stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets'], providers: encrypts ? [secretbox, plain] : [plain, secretbox] }],
  });
}
