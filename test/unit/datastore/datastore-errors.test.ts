import { expect, test } from 'vitest';
import { datastoreError } from '../../../src/datastore/datastore-errors.ts';
import { parseDatastore } from '../../../src/datastore/parse-datastore.ts';

const tls = { caFile: undefined, certFile: undefined, keyFile: undefined };
const datastore = parseDatastore('postgres://k3v:hunter2@db/k3v', { id: 'blue', tls });
const errorOf = (words: string) => ('wrong' in datastore ? undefined : datastoreError(datastore, words));

test.each([
  ['failed SASL auth: FATAL: password authentication failed for user "k3v" (SQLSTATE 28P01)', 'DATASTORE_REFUSED'],
  ['server error: FATAL: no pg_hba.conf entry for host "::1", user "k3v", no encryption', 'DATASTORE_REFUSED'],
  ['server error: FATAL: database "k3v" does not exist (SQLSTATE 3D000)', 'DATASTORE_MISSING'],
  ['server error: FATAL: role "k3v" does not exist (SQLSTATE 28000)', 'DATASTORE_REFUSED'],
  ['ERROR: permission denied for schema public (SQLSTATE 42501)', 'DATASTORE_REFUSED'],
  ['tls error: server refused TLS connection', 'DATASTORE_UNTRUSTED'],
  ['tls: failed to verify certificate: x509: certificate signed by unknown authority', 'DATASTORE_UNTRUSTED'],
  ['remote error: tls: unknown certificate authority', 'DATASTORE_REFUSED'],
  ['remote error: tls: certificate required', 'DATASTORE_REFUSED'],
  ["Error 1045 (28000): Access denied for user 'k3v'@'localhost' (using password: YES)", 'DATASTORE_REFUSED'],
  ["Error 1044 (42000): Access denied for user 'k3v'@'%' to database 'k3v'", 'DATASTORE_MISSING'],
  ['self-signed certificate in certificate chain', 'DATASTORE_UNTRUSTED'],
  ["Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list", 'DATASTORE_UNTRUSTED'],
  ['error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required', 'DATASTORE_REFUSED'],
  ['error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca', 'DATASTORE_REFUSED'],
])('%s is %s', (words, code) => {
  expect(errorOf(`ERRO[2026-11-28T10:00:00Z] Failed to ping database connection: ${words}`)).toMatchObject({
    code,
    message: expect.stringMatching(/^the datastore postgres:\/\/k3v@db:5432\/k3v \w/),
    hint: expect.stringContaining('--datastore-'),
  });
});

test('the error ends with what the datastore said, not with the rest of the log', () => {
  const words = [
    'ERRO[2026-11-28T10:00:00Z] Failed to ping database connection: failed to connect to `user=k3v database=k3v`:',
    '\t127.0.0.1:5432 (db): failed SASL auth: FATAL: password authentication failed for user "k3v" (SQLSTATE 28P01)',
    'ERRO[2026-11-28T10:00:01Z] something else',
  ];
  expect(errorOf(words.join('\n'))?.message).toBe(
    'the datastore postgres://k3v@db:5432/k3v refuses k3v: failed SASL auth: FATAL: password authentication failed for user "k3v" (SQLSTATE 28P01)',
  );
});

test.each(['FATAL: the database system is starting up (SQLSTATE 57P03)', 'FATAL: sorry, too many clients already', ''])(
  '%j is no reason to give up',
  (words) => {
    expect(errorOf(words)).toBeUndefined();
  },
);
