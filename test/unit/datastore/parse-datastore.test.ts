import { describe, expect, test } from 'vitest';
import { showDatastore } from '../../../src/datastore/datastore.ts';
import { parseDatastore } from '../../../src/datastore/parse-datastore.ts';

const tls = { caFile: undefined, certFile: undefined, keyFile: undefined };
const parse = (endpoint: string) => parseDatastore(endpoint, { id: 'blue', tls });

function parsed(endpoint: string) {
  const found = parse(endpoint);
  if ('wrong' in found) throw new Error(`${found.wrong}; ${found.wanted}`);
  return found;
}

describe('the endpoint of a PostgreSQL', () => {
  test('is user, password, host, port and database', () => {
    expect(parsed('postgres://k3v:secret@db.example:6432/Team')).toMatchObject({
      kind: 'sql',
      scheme: 'postgres',
      user: 'k3v',
      members: ['db.example:6432'],
      database: 'team',
      secretEndpoint: 'postgres://k3v:secret@db.example:6432/team',
    });
  });

  test.each([
    ['postgresql://k3v@db/k3v', 'postgres://k3v@db:5432/k3v'],
    ['postgres://db/k3v?sslmode=require', 'postgres://db:5432/k3v?sslmode=require'],
    ['postgres://u:p@[::1]/k3v', 'postgres://u:p@[::1]:5432/k3v'],
    ['postgres://u:p@a,b:6000/k3v', 'postgres://u:p@a:5432,b:6000/k3v'],
    ['postgres://u:p%40s%2Fs%25@db/k3v', 'postgres://u:p%40s%2Fs%25@db:5432/k3v'],
    ['postgres://u:p!s$s w"o@db/k3v', 'postgres://u:p!s%24s%20w%22o@db:5432/k3v'],
  ])('%s is given to kine as %s', (endpoint, secretEndpoint) => {
    expect(parsed(endpoint)).toMatchObject({ secretEndpoint });
  });
});

describe('the endpoint of a MySQL', () => {
  test.each([
    ['mysql://k3v:se:cr@t@tcp(db:3307)/k3v', 'mysql://k3v@db:3307/k3v'],
    ['mysql://k3v:p/w?#%@tcp(db)/k3v?parseTime=true', 'mysql://k3v@db:3306/k3v'],
    ['mysql://k3v:a@tcp(b)/c@tcp([::1]:3306)/k3v', 'mysql://k3v@[::1]:3306/k3v'],
    ['mysql://root@unix(/run/mysqld/mysqld.sock)/k3v', 'mysql://root@/run/mysqld/mysqld.sock/k3v'],
  ])('%s is shown as %s and given to kine as it is', (endpoint, shown) => {
    const datastore = parsed(endpoint);
    expect(showDatastore(datastore)).toBe(shown);
    expect(datastore).toMatchObject({ kind: 'sql', secretEndpoint: endpoint });
  });
});

describe('the endpoint of an etcd', () => {
  test('is its members, and gets a prefix of the virtual cluster', () => {
    const etcd = parsed('https://a:2379,https://[fd00::1]:2379/');
    expect(etcd).toMatchObject({
      kind: 'etcd',
      scheme: 'https',
      members: ['a:2379', '[fd00::1]:2379'],
      prefix: '/k3v/blue',
    });
    expect(showDatastore(etcd)).toBe('https://a:2379,https://[fd00::1]:2379');
  });

  test('is not http when there are files for TLS', () => {
    const files = { ...tls, caFile: '/ca.crt' };
    expect(parseDatastore('http://a:2379', { id: 'blue', tls: files })).toMatchObject({
      wrong: expect.stringContaining('TLS'),
    });
  });
});

test.each([
  ['k3v:hunter2@db/k3v', 'has no scheme'],
  ['mongodb://k3v:hunter2@db/k3v', 'has the scheme "mongodb", which is none of a datastore'],
  ['postgres://', 'names no host'],
  ['postgres://k3v:hunter2@/k3v', 'names no host'],
  ['postgres://k3v:hunter2@db', 'names no database'],
  ['postgres://k3v:hunter2@db/', 'names no database'],
  ['postgres://k3v:hunter2@db:0/k3v', 'has a host or port that is none'],
  ['postgres://k3v:hunter2@db:postgres/k3v', 'has a host or port that is none'],
  ['postgres://k3v:hunter2%zz@db/k3v', 'is not percent-encoded'],
  ['postgres://k3v:hunter2:x@db/k3v', 'is not percent-encoded'],
  ['postgres://k3v:hunter2#x@db/k3v', 'cannot be read'],
  ['postgres://k3v:hunter2@x@db/k3v', 'cannot be read'],
  ['mysql://k3v:hunter2@db:3306/k3v', 'cannot be read'],
  ['mysql://k3v:hunter2@tcp()/k3v', 'names no host'],
  ['mysql://k3v:hunter2@tcp(db)/', 'names no database'],
  ['mysql://k3v:hunter2@tcp(db:99999)/k3v', 'has a host or port that is none'],
  ['https://', 'names no host'],
  ['https://a', 'has a member without a port'],
  ['https://a:2379,http://b:2379', 'mixes http and https'],
  ['https://k3v:hunter2@a:2379', 'has a user or password'],
  ['https://a:2379/v3', 'cannot be read'],
  ['https://a:2379,b:2379', 'cannot be read'],
])('%s is refused, as it %s, without the password', (endpoint, wrong) => {
  const refusal = parse(endpoint);
  expect(refusal).toMatchObject({ wrong, wanted: expect.stringContaining('://') });
  expect(JSON.stringify(refusal)).not.toContain('hunter2');
});
