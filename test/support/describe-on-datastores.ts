import { describe } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { mariadbUnavailable, startMariadb } from './mariadb-server.ts';
import { postgresUnavailable, startPostgres } from './postgres-server.ts';
import { startEtcd } from './etcd-server.ts';
import type { ScratchServer } from './scratch-server.ts';
import type { TlsFiles } from './tls-files.ts';

/** A database server with a database that is k3v's to use. */
export interface TestDatastore extends ScratchServer {
  /** What k3v is started with. */
  env: Record<string, string>;
  /** What must show nowhere; undefined where there is no password. */
  password: string | undefined;
  /** What may be shown of it, and is. */
  shown: string;
  children: string[];
  /** What makes it unusable, with what k3v is started with then and the code of its error. */
  faults: { what: string; env: Record<string, string>; code: ErrorCode }[];
  remove: () => Promise<void>;
}

/** Starts one that listens on `port`. */
export type StartDatastore = (port: number) => Promise<TestDatastore>;

export type DatastoreName = 'PostgreSQL' | 'MariaDB' | 'etcd';

interface DatastoreKind {
  name: DatastoreName;
  unavailable: string | undefined;
  start: StartDatastore;
}

/** A test starts k3v or its command line several times, each slow on a machine with other work. */
const timeoutMs = 10 * 60_000;
const password = 'p@ss/w:rd#1?%41';

function sqlFaults(
  env: Record<string, string>,
  endpoint: (secret: string, database: string) => string,
  { strangeCa }: TlsFiles,
): TestDatastore['faults'] {
  const at = (secret: string, database: string) => ({ ...env, K3V_DATASTORE_ENDPOINT: endpoint(secret, database) });
  return [
    { what: 'another password', env: at('hunter2', 'team'), code: 'DATASTORE_REFUSED' },
    { what: 'another database', env: at(password, 'other'), code: 'DATASTORE_MISSING' },
    { what: 'another CA', env: { ...env, K3V_DATASTORE_CAFILE: strangeCa }, code: 'DATASTORE_UNTRUSTED' },
  ];
}

const kinds: DatastoreKind[] = [
  {
    name: 'PostgreSQL',
    unavailable: await postgresUnavailable(),
    async start(port) {
      const server = await startPostgres(port);
      await server.sql(`CREATE ROLE k3v LOGIN PASSWORD '${password}'`);
      await server.sql('CREATE DATABASE team OWNER k3v');
      const endpoint = (secret: string, database: string) =>
        `postgres://k3v:${encodeURIComponent(secret)}@127.0.0.1:${port}/${database}`;
      const env = { K3V_DATASTORE_ENDPOINT: endpoint(password, 'team'), K3V_DATASTORE_CAFILE: server.tls.ca };
      return {
        ...server,
        password,
        shown: `postgres://k3v@127.0.0.1:${port}/team`,
        children: ['kine', 'kube-apiserver', 'kube-controller-manager'],
        env,
        faults: sqlFaults(env, endpoint, server.tls),
      };
    },
  },
  {
    name: 'MariaDB',
    unavailable: await mariadbUnavailable(),
    async start(port) {
      const server = await startMariadb(
        port,
        [
          'CREATE DATABASE IF NOT EXISTS team;',
          `CREATE USER IF NOT EXISTS k3v@'%' IDENTIFIED BY '${password}';`,
          "GRANT ALL ON team.* TO k3v@'%';\n",
        ].join('\n'),
      );
      const endpoint = (secret: string, database: string) => `mysql://k3v:${secret}@tcp(127.0.0.1:${port})/${database}`;
      const env = { K3V_DATASTORE_ENDPOINT: endpoint(password, 'team'), K3V_DATASTORE_CAFILE: server.tls.ca };
      return {
        ...server,
        password,
        shown: `mysql://k3v@127.0.0.1:${port}/team`,
        children: ['kine', 'kube-apiserver', 'kube-controller-manager'],
        env,
        faults: sqlFaults(env, endpoint, server.tls),
      };
    },
  },
  {
    name: 'etcd',
    unavailable: undefined,
    async start(port) {
      const server = await startEtcd(port);
      const endpoint = { K3V_DATASTORE_ENDPOINT: `https://127.0.0.1:${port}` };
      const { client, ca, strangeCa } = server.tls;
      const certificate = { K3V_DATASTORE_CERTFILE: client.cert, K3V_DATASTORE_KEYFILE: client.key };
      return {
        ...server,
        password: undefined,
        shown: `https://127.0.0.1:${port}`,
        children: ['kube-apiserver', 'kube-controller-manager'],
        env: { ...endpoint, ...certificate, K3V_DATASTORE_CAFILE: ca },
        faults: [
          {
            what: 'another CA',
            env: { ...endpoint, ...certificate, K3V_DATASTORE_CAFILE: strangeCa },
            code: 'DATASTORE_UNTRUSTED',
          },
          { what: 'no certificate', env: { ...endpoint, K3V_DATASTORE_CAFILE: ca }, code: 'DATASTORE_REFUSED' },
        ],
      };
    },
  },
];

/**
 * Describes `title` on each kind of datastore, or on those that are `among`. Where one cannot run, its tests are reported as skipped with the reason; with
 * `K3V_REQUIRE_REAL_HOST=1` that is an error.
 */
export function describeOnDatastores(
  title: string,
  tests: (start: StartDatastore, name: DatastoreName) => void,
  among = kinds.map(({ name }) => name),
): void {
  for (const { name, unavailable, start } of kinds.filter((kind) => among.includes(kind.name))) {
    if (unavailable !== undefined && process.env['K3V_REQUIRE_REAL_HOST'] === '1') {
      throw new Error(`K3V_REQUIRE_REAL_HOST=1: no ${name}: ${unavailable}`);
    }
    const reason = unavailable === undefined ? '' : ` (not here: ${unavailable})`;
    describe.skipIf(unavailable !== undefined)(`${title} on ${name}${reason}`, { timeout: timeoutMs }, () => {
      tests(start, name);
    });
  }
}
