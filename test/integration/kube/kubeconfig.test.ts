import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseKubeconfig } from '../../../src/kube/kubeconfig.ts';
import { identityReader, readTrust } from '../../../src/kube/kubeconfig-identity.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'k3v-kubeconfig-'))));
afterEach(async () => await rm(folder, { recursive: true }));

function configOf(user: object, cluster: object = {}) {
  const content = {
    clusters: [{ name: 'c', cluster: { server: 'https://host:6443/', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  return parseKubeconfig(JSON.stringify(content), folder);
}

const identityOf = async (user: object, cluster: object = {}) =>
  await identityReader(configOf(user, cluster))({ renew: false });
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('the identity that a kubeconfig gives', () => {
  test('has certificates from files, whose paths are relative to the kubeconfig', async () => {
    for (const name of ['ca', 'cert', 'key']) await writeFile(join(folder, name), `the ${name}`);
    const identity = await identityOf(
      { 'client-certificate': 'cert', 'client-key': join(folder, 'key') },
      { 'certificate-authority': './ca', 'tls-server-name': 'kubernetes' },
    );
    expect(identity).toEqual({
      tls: {
        ca: Buffer.from('the ca'),
        cert: Buffer.from('the cert'),
        key: Buffer.from('the key'),
        servername: 'kubernetes',
      },
      headers: {},
    });
  });

  test('has certificates in the kubeconfig before those in files', async () => {
    const identity = await identityOf(
      { 'client-certificate-data': base64('cert'), 'client-certificate': 'gone', 'client-key-data': base64('key') },
      { 'certificate-authority-data': base64('ca'), 'certificate-authority': 'gone' },
    );
    expect(identity.tls).toEqual({ ca: Buffer.from('ca'), cert: Buffer.from('cert'), key: Buffer.from('key') });
  });

  test('trusts the cluster also where there is no user', async () => {
    const config = { ...configOf({}, { 'certificate-authority-data': base64('ca') }), users: [] };
    expect(await identityReader(config)({ renew: false })).toEqual({ tls: { ca: Buffer.from('ca') }, headers: {} });
  });

  test('has a token, a password and whom to act as in headers', async () => {
    expect((await identityOf({ token: 'secret' })).headers).toEqual({ Authorization: 'Bearer secret' });
    expect((await identityOf({ username: 'me', password: 'pass' })).headers).toEqual({
      Authorization: `Basic ${base64('me:pass')}`,
    });
    expect((await identityOf({ token: 'secret', as: 'jane' })).headers).toEqual({
      Authorization: 'Bearer secret',
      'Impersonate-User': 'jane',
    });
  });

  test('takes a tokenFile before a token, and reads it again each time', async () => {
    await writeFile(join(folder, 'token'), 'first\n');
    const read = identityReader(configOf({ token: 'old', tokenFile: 'token' }));
    expect((await read({ renew: false })).headers).toEqual({ Authorization: 'Bearer first' });
    await writeFile(join(folder, 'token'), 'second\n');
    expect((await read({ renew: false })).headers).toEqual({ Authorization: 'Bearer second' });
  });

  test('says which file is missing', async () => {
    await expect(identityOf({ 'client-key': 'gone' })).rejects.toThrow(join(folder, 'gone'));
  });

  test('verifies no certificate only if told so', async () => {
    expect((await identityOf({}, { 'insecure-skip-tls-verify': true })).tls).toEqual({ rejectUnauthorized: false });
    expect((await identityOf({}, { 'insecure-skip-tls-verify': false })).tls).toEqual({});
  });
});

describe('the trust that a kubeconfig gives', () => {
  const plugin = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: '/no/such/plugin' } };

  test('is known without the credentials, whose plugin is not run', async () => {
    const trust = await readTrust(configOf(plugin, { 'certificate-authority-data': base64('ca') }));
    expect(trust).toEqual({ ca: Buffer.from('ca') });
  });

  test('is none where the certificate is not to be checked', async () => {
    expect(await readTrust(configOf(plugin, { 'insecure-skip-tls-verify': true }))).toEqual({
      rejectUnauthorized: false,
    });
  });
});
