import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority } from '../../src/control-plane/certificates.ts';
import type { ServerUser } from './scratch-server.ts';

/** Paths of PEM files: a CA, what a server on 127.0.0.1 shows, what a client called `k3v` shows, and a CA that signed none of them. */
export interface TlsFiles {
  ca: string;
  server: { cert: string; key: string };
  client: { cert: string; key: string };
  strangeCa: string;
}

/** Makes them in `folder`; the server's key is for `owner` alone. */
export async function makeTlsFiles(folder: string, owner?: ServerUser): Promise<TlsFiles> {
  await mkdir(folder, { recursive: true });
  const authority = await createAuthority('datastore-ca');
  const server = await authority.issue({ commonName: 'db', ipAddresses: ['127.0.0.1'], usages: ['server'], days: 2 });
  const client = await authority.issue({ commonName: 'k3v', usages: ['client'], days: 2 });
  const put = async (name: string, content: string) => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  const files = {
    ca: await put('ca.crt', authority.certPem),
    server: { cert: await put('server.crt', server.certPem), key: await put('server.key', server.keyPem) },
    client: { cert: await put('client.crt', client.certPem), key: await put('client.key', client.keyPem) },
    strangeCa: await put('strange-ca.crt', (await createAuthority('another-ca')).certPem),
  };
  if (owner)
    for (const path of [files.ca, files.server.cert, files.server.key]) await chown(path, owner.uid, owner.gid);
  return files;
}
