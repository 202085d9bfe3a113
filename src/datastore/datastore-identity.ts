import type { Datastore } from './datastore.ts';

/**
 * Returns what tells the datastore from others, for a record: where its members are and what in it is used, neither user nor password. For example
 * `postgres://10.0.0.7:5432/k3v`, `etcd://a:2379,b:2379/k3v/default`, `sqlite`.
 */
export function datastoreIdentity(datastore: Datastore): string {
  switch (datastore.kind) {
    case 'sqlite':
      return 'sqlite';
    case 'sql':
      return `${datastore.scheme}://${datastore.members.join(',')}/${datastore.database}`;
    case 'etcd':
      return `etcd://${datastore.members.join(',')}${datastore.prefix}`;
  }
}

/** Whether two identities are of one datastore: it is the same database or prefix of it, and a member is the same. Others may come and go. */
export function isSameDatastore(one: string, other: string): boolean {
  const [a, b] = [parts(one), parts(other)];
  return a.what === b.what && a.members.some((member) => b.members.includes(member));
}

function parts(identity: string): { what: string; members: string[] } {
  const [, scheme = identity, members = '', name = ''] = /^([a-z]+):\/\/([^/]*)(\/.*)$/.exec(identity) ?? [];
  return { what: `${scheme} ${name}`, members: members.split(',') };
}
