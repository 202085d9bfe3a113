import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/cli/config.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'k3v-datastore-flags-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const pem = '-----BEGIN CERTIFICATE-----\n';
const secret = { K3V_DATASTORE_ENDPOINT: 'mysql://k3v:hunter2@tcp(db)/k3v' };

describe('the datastore', () => {
  test('is SQLite by default', () => {
    expect(readConfig({}, {}).datastore).toEqual({ kind: 'sqlite' });
  });

  test('comes from the environment, which other users cannot see', () => {
    expect(readConfig({}, secret).datastore).toMatchObject({ kind: 'sql', user: 'k3v', members: ['db:3306'] });
  });

  test('comes with the files for TLS, and an etcd with the prefix of the id', () => {
    const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => file(name, pem));
    const flags = { 'datastore-cafile': ca, 'datastore-certfile': cert, 'datastore-keyfile': key, id: 'blue' };
    expect(readConfig({ ...flags, 'datastore-endpoint': 'https://etcd:2379' }, {}).datastore).toEqual({
      kind: 'etcd',
      scheme: 'https',
      members: ['etcd:2379'],
      prefix: '/k3v/blue',
      tls: { caFile: ca, certFile: cert, keyFile: key },
    });
  });
});

describe('is refused:', () => {
  const refusal = (flags: Parameters<typeof readConfig>[0], env = {}) => {
    try {
      readConfig(flags, env);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  test.each([
    ['K3V_DATASTORE_ENDPOINT has no scheme', {}, { K3V_DATASTORE_ENDPOINT: 'k3v:hunter2@db' }],
    ['--datastore-endpoint names no database', { 'datastore-endpoint': 'postgres://k3v:hunter2@db' }, {}],
    ['--datastore-cafile is given without --datastore-endpoint', { 'datastore-cafile': 'ca.crt' }, {}],
    ['--datastore-certfile is given without --datastore-keyfile', { 'datastore-certfile': 'a.crt' }, secret],
    ['--datastore-keyfile is given without --datastore-certfile', { 'datastore-keyfile': 'a.key' }, secret],
  ])('%s', (message, flags, env) => {
    expect(refusal(flags, env)).toMatchObject({ code: 'FLAG_INVALID', message, hint: expect.any(String) });
    expect(JSON.stringify(refusal(flags, env))).not.toContain('hunter2');
  });

  test('a file that cannot be read', () => {
    const path = join(folder, 'none');
    expect(refusal({ 'datastore-cafile': path }, secret)).toMatchObject({
      code: 'FLAG_INVALID',
      message: expect.stringContaining(`--datastore-cafile is "${path}", which cannot be read: ENOENT`),
    });
  });

  test('a file that is no certificate', () => {
    const path = file('ca.crt', 'no PEM');
    expect(refusal({ 'datastore-cafile': path }, secret)).toMatchObject({
      code: 'FLAG_INVALID',
      message: expect.stringContaining('holds no PEM'),
    });
  });

  test('a map in the --config file, without showing what is in it', () => {
    const config = file('k3v.yaml', 'datastore-endpoint: { postgres: hunter2 }\n');
    const found = refusal({ config });
    expect(found).toMatchObject({ code: 'FLAG_INVALID', message: expect.stringContaining('"datastore-endpoint"') });
    expect(String(found)).not.toContain('hunter2');
  });

  test('a --config file that is no YAML, without showing the line, in which there may be a password', () => {
    const config = file('k3v.yaml', 'datastore-endpoint: postgres://k3v:hunter2: @db/k3v\n');
    const found = refusal({ config });
    expect(found).toMatchObject({ code: 'CONFIG_FILE_BROKEN', message: expect.stringContaining('line 1') });
    expect(String(found)).not.toContain('hunter2');
  });
});
