import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assertSameKeys } from '../control-plane/adopt-keys.ts';
import type { GivenKeys } from '../control-plane/ca-dir.ts';
import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { ifFound, isAlreadyExists } from '../kube/errors.ts';
import { type Secret, resources } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { type KeyFiles, admissionPathFile, completeKeyFiles, k3sTokenFile, readKeyFiles } from './key-files.ts';

/** What all replicas have alike, in the data directory from now on. */
export interface SharedKeys {
  /** Path of the Service webhook. */
  admissionPath: string;
  k3sToken: string;
  /** Takes back what this start published and wrote, for one that finds out that it has no business here. */
  withdraw(): Promise<void>;
}

/**
 * Has this data directory and the Secret `k3v-<id>-keys` of the host namespace hold the same keys: who comes first publishes its own, or new ones; the others take them over.
 * Rejects with KEYS_DIFFER if the data directory holds others already, with CA_DIFFERS if it or the Secret has others than `given`.
 */
export async function shareKeys({
  host,
  namespace,
  id,
  dataDir,
  given = new Map(),
  log,
}: {
  host: KubeClient;
  namespace: string;
  id: string;
  dataDir: string;
  /** Those of a --ca-dir. */
  given?: GivenKeys | undefined;
  log: Logger;
}): Promise<SharedKeys> {
  const name = keysName(id);
  const ref = { resource: resources.secrets, namespace, name };
  const own = await readKeyFiles(dataDir);
  assertSameKeys(own, given, dataDir);
  const { secret, isMade } = await findOrMake();
  const shared = keysIn(secret);
  assertSameKeys(shared, given, `the Secret ${namespace}/${name}`);
  const wrong = [...own].find(([file, text]) => shared.has(file) && shared.get(file) !== text)?.[0];
  if (wrong !== undefined) {
    throw new K3vError(
      'KEYS_DIFFER',
      `pki/${wrong} in ${dataDir} is not the one that the replicas of "${id}" share in the Secret ${namespace}/${name}`,
      {
        hint: `If this is to be one of them, start it with an empty --data-dir. If the Secret was left by another virtual cluster: kubectl -n ${namespace} delete secret ${name}`,
      },
    );
  }
  const all = await completeKeyFiles(new Map([...own, ...shared]), given);
  const written = [...all].filter(([file]) => !own.has(file));
  for (const [file, text] of written) await writeFileAtomically(join(dataDir, 'pki', file), text);
  log.info({ secret: `${namespace}/${name}`, published: isMade }, 'shares its keys with other replicas');

  async function findOrMake(): Promise<{ secret: Secret; isMade: boolean }> {
    for (;;) {
      const found = await ifFound(host.get<Secret>(ref));
      if (found) return { secret: found, isMade: false };
      const data = encoded(await completeKeyFiles(own, given));
      try {
        const made: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data };
        return { secret: await host.create<Secret>(resources.secrets, made), isMade: true };
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
      }
    }
  }

  return {
    admissionPath: all.get(admissionPathFile) ?? '',
    k3sToken: all.get(k3sTokenFile) ?? '',
    async withdraw() {
      if (isMade) await ifFound(host.delete(ref, { uid: secret.metadata.uid }));
      for (const [file] of written) await rm(join(dataDir, 'pki', file), { force: true });
    },
  };
}

/** Returns the name of the Secret that holds the keys that the replicas of `id` share. */
export function keysName(id: string): string {
  return `k3v-${id}-keys`;
}

function encoded(keys: KeyFiles): Record<string, string> {
  return Object.fromEntries([...keys].map(([file, text]) => [file, Buffer.from(text).toString('base64')]));
}

function keysIn({ data = {} }: Secret): KeyFiles {
  return new Map(Object.entries(data).map(([file, text]) => [file, Buffer.from(text, 'base64').toString()]));
}
