import { chown, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { installMissing } from '../host/debian-packages.ts';
import { folderRemover, type ScratchServer, scratchServer, type ServerUser } from './scratch-server.ts';
import { makeTlsFiles, type TlsFiles } from './tls-files.ts';

/** A PostgreSQL of a test, on 127.0.0.1, with TLS for those who want it. Every user needs a password. */
export interface PostgresServer extends ScratchServer {
  tls: TlsFiles;
  /** Runs SQL as the superuser and returns what it prints, without headings. */
  sql: (text: string) => Promise<string>;
  remove: () => Promise<void>;
}

const debianFolder = '/usr/lib/postgresql';
const superuser = 'postgres';

/** Returns why no PostgreSQL can run here, undefined if one can. */
export async function postgresUnavailable(): Promise<string | undefined> {
  const before = await programFolder();
  const reason = await installMissing(async () => ((await programFolder()) === undefined ? ['postgresql'] : []));
  const after = await programFolder();
  if (before === undefined && after !== undefined) {
    // Debian's package has made a cluster and may have started it.
    await execa('pg_ctlcluster', [basename(dirname(after)), 'main', 'stop'], { reject: false });
  }
  return reason;
}

/** Starts one on `port`, with an empty data directory. */
export async function startPostgres(port: number): Promise<PostgresServer> {
  const programs = await programFolder();
  if (programs === undefined) throw new Error('there is no PostgreSQL');
  const folder = await mkdtemp(join(tmpdir(), 'k3v-postgres-'));
  const user = await serverUser();
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, superuser);
  if (user) await chown(passwordFile, user.uid, user.gid);
  const init = [
    '-D',
    data,
    '-U',
    superuser,
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--no-sync',
  ];
  await execa(join(programs, 'initdb'), init, { ...user, cwd: '/' });
  const tls = await makeTlsFiles(join(folder, 'tls'), user);
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    // Of a test's data nothing need outlive the machine.
    fsync: 'off',
    ssl: 'on',
    ssl_cert_file: tls.server.cert,
    ssl_key_file: tls.server.key,
  };
  const where = ['-h', '127.0.0.1', '-p', String(port), '-U', superuser];
  const server = scratchServer({
    command: join(programs, 'postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    user,
    answers: async () => await execa(join(programs, 'pg_isready'), where),
    // Does not wait until its clients go.
    signal: 'SIGINT',
  });
  await server.start();
  return {
    ...server,
    tls,
    sql: async (text) => {
      const env = { PGPASSWORD: superuser };
      const { stdout } = await execa(join(programs, 'psql'), [...where, '-Atq', '-v', 'ON_ERROR_STOP=1', '-c', text], {
        env,
      });
      return stdout;
    },
    remove: folderRemover(server, folder),
  };
}

/** Debian keeps them off the PATH. */
async function programFolder(): Promise<string | undefined> {
  const versions = await readdir(debianFolder).catch((): string[] => []);
  const folders = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(debianFolder, version, 'bin'));
  for (const folder of folders) {
    if ((await readdir(folder).catch((): string[] => [])).includes('initdb')) return folder;
  }
  return undefined;
}

/** It refuses to run as root: then the user that Debian's package has made. */
async function serverUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await execa('id', [flag, 'postgres'])).stdout)),
  );
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}
