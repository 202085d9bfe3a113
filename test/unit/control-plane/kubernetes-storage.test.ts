import { describe, expect, it } from 'vitest';
import { storageOf } from '../../../src/control-plane/kubernetes-storage.ts';

const tls = { caFile: '/ca.crt', certFile: '/k3v.crt', keyFile: '/k3v.key' };

describe('the way of the API server to its objects', () => {
  it('leads through kine to SQLite', () => {
    const { kine, apiServer } = storageOf({ kind: 'sqlite' }, 'kine.db');
    expect(kine?.args.join(' ')).toContain('--endpoint=sqlite://kine.db?');
    expect(kine?.env).toBeUndefined();
    expect(apiServer).toEqual({ flags: {} });
  });

  it('leads through kine to a SQL database, of which no argument says a word', () => {
    const secretEndpoint = 'postgres://k3v:hunter2@db:5432/team';
    const { kine, apiServer } = storageOf(
      { kind: 'sql', scheme: 'postgres', user: 'k3v', members: ['db:5432'], database: 'team', secretEndpoint, tls },
      'kine.db',
    );
    expect(kine?.args.join(' ')).not.toMatch(/hunter2|endpoint|kine\.db/);
    expect(kine?.env).toEqual({
      KINE_ENDPOINT: secretEndpoint,
      KINE_CA_FILE: '/ca.crt',
      KINE_CERT_FILE: '/k3v.crt',
      KINE_KEY_FILE: '/k3v.key',
    });
    expect(apiServer.flags).toEqual({});
  });

  it('leads straight to an etcd, below a prefix', () => {
    const members = ['a:2379', 'b:2379'];
    const { kine, apiServer } = storageOf(
      { kind: 'etcd', scheme: 'https', members, prefix: '/k3v/blue', tls },
      'kine.db',
    );
    expect(kine).toBeUndefined();
    expect(apiServer.flags).toEqual({
      'etcd-servers': 'https://a:2379,https://b:2379',
      'etcd-prefix': '/k3v/blue',
      'etcd-cafile': '/ca.crt',
      'etcd-certfile': '/k3v.crt',
      'etcd-keyfile': '/k3v.key',
    });
  });
});
