import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { K3vError } from '../../errors.ts';
import { isMissing } from '../../if-missing.ts';

/** By the fields of `spec.customCAs.sources`, the files of the folder, as K3K has them, and the end of the name of the Secret. */
const authorities = {
  serverCA: { file: 'server-ca', secret: 'server-ca', certificate: true },
  clientCA: { file: 'client-ca', secret: 'client-ca', certificate: true },
  requestHeaderCA: { file: 'request-header-ca', secret: 'request-header-ca', certificate: true },
  etcdServerCA: { file: 'etcd/server-ca', secret: 'etcd-server-ca', certificate: true },
  etcdPeerCA: { file: 'etcd/peer-ca', secret: 'etcd-peer-ca', certificate: true },
  serviceAccountToken: { file: 'service', secret: 'service-account-token', certificate: false },
} as const;

/** An authority of a cluster, as it is kept in a Secret. */
export interface Authority {
  /** Of `spec.customCAs.sources`. */
  source: string;
  /** End of the name of the Secret. */
  secret: string;
  /** By the keys of the Secret: `tls.crt` and `tls.key`, or the key alone. */
  files: Readonly<Record<string, string>>;
}

/** Returns the authorities in the files of `folder`. Rejects with FLAG_INVALID if one is missing or cannot be read. */
export async function readAuthorities(folder: string): Promise<Authority[]> {
  return await Promise.all(
    Object.entries(authorities).map(async ([source, { file, secret, certificate }]) => {
      const key = await readPem(join(folder, `${file}.key`));
      const files = certificate
        ? { 'tls.crt': await readPem(join(folder, `${file}.crt`)), 'tls.key': key }
        : { 'tls.key': key };
      return { source, secret, files };
    }),
  );
}

async function readPem(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const why = isMissing(cause) ? 'is missing' : 'cannot be read';
    throw new K3vError('FLAG_INVALID', `--custom-certs: ${path} ${why}`, { hint: wanted, cause });
  });
  if (text.includes('-----BEGIN ')) return text;
  throw new K3vError('FLAG_INVALID', `--custom-certs: ${path} is not PEM`, { hint: wanted });
}

const wanted =
  'The folder has to hold server-ca, client-ca, request-header-ca, etcd/server-ca and etcd/peer-ca, each as .crt and .key, and service.key.';
