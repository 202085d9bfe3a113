import { type Datastore, type DatastoreTls, type EtcdDatastore, etcdServers } from '../datastore/datastore.ts';
import type { ChildOptions } from './child.ts';
import { datastoreSupervision } from './datastore-supervision.ts';
import { type Flags, kineArgs, kineSqlArgs } from './kubernetes-flags.ts';

/** How the API server gets to its objects. */
export interface KubernetesStorage {
  /** The program between it and a SQL database; none for an etcd. */
  kine: Pick<ChildOptions, 'args' | 'env' | 'explain' | 'restartable'> | undefined;
  /** Further flags of the API server, and how it is supervised. */
  apiServer: { flags: Flags } & Pick<ChildOptions, 'explain' | 'restartable'>;
}

/** Returns how it gets to `datastore`; SQLite lies in `databaseFile`, relative to the working directory. */
export function storageOf(datastore: Datastore, databaseFile: string): KubernetesStorage {
  switch (datastore.kind) {
    case 'sqlite':
      return { kine: { args: kineArgs(databaseFile) }, apiServer: { flags: {} } };
    case 'sql': {
      const env = { KINE_ENDPOINT: datastore.secretEndpoint, ...kineTls(datastore.tls) };
      const supervision = datastoreSupervision(datastore);
      const { restartable } = supervision;
      return { kine: { args: kineSqlArgs(), env, ...supervision }, apiServer: { flags: {}, restartable } };
    }
    case 'etcd':
      return { kine: undefined, apiServer: { flags: etcdFlags(datastore), ...datastoreSupervision(datastore) } };
  }
}

/** Empty counts as unset, and keeps what the shell may be set up for away. */
function kineTls({ caFile = '', certFile = '', keyFile = '' }: DatastoreTls): Record<string, string> {
  return { KINE_CA_FILE: caFile, KINE_CERT_FILE: certFile, KINE_KEY_FILE: keyFile };
}

function etcdFlags(etcd: EtcdDatastore): Flags {
  const { caFile, certFile, keyFile } = etcd.tls;
  return {
    'etcd-servers': etcdServers(etcd).join(','),
    'etcd-prefix': etcd.prefix,
    ...(caFile === undefined ? {} : { 'etcd-cafile': caFile }),
    ...(certFile === undefined ? {} : { 'etcd-certfile': certFile }),
    ...(keyFile === undefined ? {} : { 'etcd-keyfile': keyFile }),
  };
}
