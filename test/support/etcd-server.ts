import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { buildEtcd } from '../host/conformance-programs.ts';
import { acceptsConnections } from './accepts-connections.ts';
import { folderRemover, type ScratchServer, scratchServer } from './scratch-server.ts';
import { makeTlsFiles, type TlsFiles } from './tls-files.ts';

/** An etcd of a test, on 127.0.0.1, which takes only clients with a certificate of its CA. */
export interface EtcdServer extends ScratchServer {
  tls: TlsFiles;
  remove: () => Promise<void>;
}

/** Starts one of a single member on `port`, and the port after it for other members. */
export async function startEtcd(port: number): Promise<EtcdServer> {
  const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
  const command = await buildEtcd(environment, new AbortController().signal);
  const folder = await mkdtemp(join(tmpdir(), 'k3v-etcd-'));
  const tls = await makeTlsFiles(join(folder, 'tls'));
  const [client, peer] = [`https://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`];
  const server = scratchServer({
    command,
    args: [
      `--data-dir=${join(folder, 'data')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      `--cert-file=${tls.server.cert}`,
      `--key-file=${tls.server.key}`,
      `--trusted-ca-file=${tls.ca}`,
      '--client-cert-auth',
      '--unsafe-no-fsync',
    ],
    answers: async () => await acceptsConnections(port),
  });
  await server.start();
  return { ...server, tls, remove: folderRemover(server, folder) };
}
