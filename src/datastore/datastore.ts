/** Files for a TLS connection to a datastore: absolute paths. */
export interface DatastoreTls {
  caFile: string | undefined;
  certFile: string | undefined;
  keyFile: string | undefined;
}

/** A SQL database that kine keeps the objects in. */
export interface SqlDatastore {
  kind: 'sql';
  scheme: 'postgres' | 'mysql';
  user: string;
  /** `host:port` each, or the path of a Unix socket. */
  members: string[];
  database: string;
  /** As kine reads it. Holds the password: for the environment of a child alone. */
  secretEndpoint: string;
  tls: DatastoreTls;
}

/** An etcd that the API server itself talks to. */
export interface EtcdDatastore {
  kind: 'etcd';
  scheme: 'https' | 'http';
  /** `host:port` each. */
  members: string[];
  /** Of all keys that the virtual cluster has in it: others may use the same etcd. */
  prefix: string;
  tls: DatastoreTls;
}

/** A datastore elsewhere than in the data directory. */
export type ExternalDatastore = SqlDatastore | EtcdDatastore;

/** Where the control plane keeps its objects. */
export type Datastore = { kind: 'sqlite' } | ExternalDatastore;

/** Returns the datastore as people may see it: without a password. */
export function showDatastore(datastore: Datastore): string {
  switch (datastore.kind) {
    case 'sqlite':
      return 'SQLite in the data directory';
    case 'sql': {
      const { scheme, user, members, database } = datastore;
      return `${scheme}://${user === '' ? '' : `${user}@`}${members.join(',')}/${database}`;
    }
    case 'etcd':
      return etcdServers(datastore).join(',');
  }
}

/** Returns the address of each member. */
export function etcdServers({ scheme, members }: EtcdDatastore): string[] {
  return members.map((member) => `${scheme}://${member}`);
}
