import { expect, test } from 'vitest';
import { datastoreIdentity, isSameDatastore } from '../../../src/datastore/datastore-identity.ts';
import { parseDatastore } from '../../../src/datastore/parse-datastore.ts';

const tls = { caFile: undefined, certFile: undefined, keyFile: undefined };

function identity(endpoint: string, id = 'blue'): string {
  const datastore = parseDatastore(endpoint, { id, tls });
  if ('wrong' in datastore) throw new Error(datastore.wrong);
  return datastoreIdentity(datastore);
}

test('an identity says where the datastore is, and neither user nor password', () => {
  expect(identity('postgres://k3v:secret@db/team?sslmode=require')).toBe('postgres://db:5432/team');
  expect(identity('mysql://k3v:secret@tcp(db)/team')).toBe('mysql://db:3306/team');
  expect(identity('https://a:2379,https://b:2379')).toBe('etcd://a:2379,b:2379/k3v/blue');
  expect(datastoreIdentity({ kind: 'sqlite' })).toBe('sqlite');
});

test.each([
  ['another user and password', 'postgres://a:b@db/k3v', 'postgres://c:d@db:5432/k3v'],
  ['a further server', 'postgres://db/k3v', 'postgres://standby,db/k3v'],
  ['a member that is replaced', 'https://a:2379,https://b:2379', 'https://b:2379,https://c:2379'],
  ['TLS from now on', 'http://a:2379', 'https://a:2379'],
  ['the same socket', 'mysql://u@unix(/run/m.sock)/k3v', 'mysql://u@unix(/run/m.sock)/k3v'],
])('%s makes no other datastore', (_what, one, other) => {
  expect(isSameDatastore(identity(one), identity(other))).toBe(true);
});

test.each([
  ['another database', 'postgres://db/k3v', 'postgres://db/other'],
  ['another server', 'postgres://db/k3v', 'postgres://db2/k3v'],
  ['another port', 'postgres://db/k3v', 'postgres://db:5433/k3v'],
  ['another kind', 'postgres://db:3306/k3v', 'mysql://tcp(db:3306)/k3v'],
  ['another socket', 'mysql://unix(/run/a.sock)/k3v', 'mysql://unix(/run/b.sock)/k3v'],
  ['members of which none stays', 'https://a:2379,https://b:2379', 'https://c:2379,https://d:2379'],
])('%s makes another datastore', (_what, one, other) => {
  expect(isSameDatastore(identity(one), identity(other))).toBe(false);
  expect(isSameDatastore('sqlite', identity(one))).toBe(false);
});

test('SQLite stays SQLite', () => {
  expect(isSameDatastore('sqlite', 'sqlite')).toBe(true);
});
