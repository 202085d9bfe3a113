import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { installMissing, packagesOfMissing } from '../host/debian-packages.ts';
import { folderRemover, type ScratchServer, scratchServer } from './scratch-server.ts';
import { acceptsConnections } from './accepts-connections.ts';
import { makeTlsFiles, type TlsFiles } from './tls-files.ts';

/** A MariaDB of a test, on 127.0.0.1, with TLS for those who want it. */
export interface MariadbServer extends ScratchServer {
  tls: TlsFiles;
  remove: () => Promise<void>;
}

/** The parts of Debian's packages that bring no service, which would start. */
const packages = {
  mariadbd: 'mariadb-server-core',
  'mariadb-install-db': 'mariadb-server-core',
  my_print_defaults: 'mariadb-client-core',
};

/** Returns why no MariaDB can run here, undefined if one can. */
export async function mariadbUnavailable(): Promise<string | undefined> {
  return await installMissing(async () => await packagesOfMissing(packages));
}

/** Starts one on `port` with an empty data directory, in which `sql` has been run; that must bear to be run at every start. */
export async function startMariadb(port: number, sql: string): Promise<MariadbServer> {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-mariadb-'));
  const data = join(folder, 'data');
  const { username } = userInfo();
  const common = ['--no-defaults', `--datadir=${data}`, `--user=${username}`];
  await execa('mariadb-install-db', [...common, '--auth-root-authentication-method=normal', '--skip-test-db']);
  const initFile = join(folder, 'init.sql');
  await writeFile(initFile, sql);
  const tls = await makeTlsFiles(join(folder, 'tls'));
  const server = scratchServer({
    command: 'mariadbd',
    args: [
      ...common,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--init-file=${initFile}`,
      `--ssl-cert=${tls.server.cert}`,
      `--ssl-key=${tls.server.key}`,
      // Of a test's data nothing need outlive the machine.
      '--innodb-flush-log-at-trx-commit=0',
    ],
    answers: async () => await acceptsConnections(port),
  });
  await server.start();
  return { ...server, tls, remove: folderRemover(server, folder) };
}
