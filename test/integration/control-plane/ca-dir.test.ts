import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adoptK3sKeys, adoptKeys } from '../../../src/control-plane/adopt-keys.ts';
import { readCaDir } from '../../../src/control-plane/ca-dir.ts';
import type { KeyPair } from '../../../src/control-plane/certificates.ts';
import { loadKubernetesPki } from '../../../src/control-plane/kubernetes-pki.ts';
import { certificatesIn } from '../../../src/control-plane/pem-certificates.ts';
import { makeAuthority } from '../../support/make-authority.ts';

let folder: string;
let caDir: string;
let dataDir: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-ca-dir-'));
  [caDir, dataDir] = [join(folder, 'given'), join(folder, 'data')];
  await mkdir(caDir);
});
afterEach(async () => await rm(folder, { recursive: true }));

async function give(name: string, { certPem, keyPem }: KeyPair): Promise<void> {
  await writeFile(join(caDir, `${name}.crt`), certPem);
  await writeFile(join(caDir, `${name}.key`), keyPem);
}
const adopt = async () => await adoptKeys(dataDir, await readCaDir(caDir, new Date()));
const pki = async () =>
  await loadKubernetesPki({
    dataDir,
    advertiseAddress: '192.0.2.1',
    tlsSans: [],
    serviceCidr: '10.96.0.0/16',
    clusterDomain: 'cluster.local',
  });
const isSignedBy = (pem: string, authorityPem: string) =>
  new X509Certificate(pem).verify(new X509Certificate(authorityPem).publicKey);

describe('authorities of the operator', () => {
  it('sign what is theirs to sign, whatever kind of key they have, and are kept in the data directory', async () => {
    const root = await makeAuthority('root', { kind: 'rsa' });
    const [servers, users, proxies] = await Promise.all([
      makeAuthority('servers', { by: root, kind: 'P-384' }),
      makeAuthority('users', { by: root, kind: 'rsa' }),
      makeAuthority('proxies'),
    ]);
    await give('server-ca', servers);
    await give('client-ca', users);
    await give('request-header-ca', proxies);
    const service = await makeAuthority('unused', { kind: 'rsa' });
    await writeFile(join(caDir, 'service.key'), service.keyPem);
    await adopt();
    const { ca, clientCa, apiServer, admin, controllerManager, frontProxyClient, serviceAccount } = await pki();
    expect(isSignedBy(apiServer.certPem, servers.certPem)).toBe(true);
    expect(isSignedBy(admin.certPem, users.certPem)).toBe(true);
    expect(isSignedBy(controllerManager.certPem, users.certPem)).toBe(true);
    expect(isSignedBy(frontProxyClient.certPem, proxies.certPem)).toBe(true);
    // Who trusts the root alone finds the way there in what the server shows.
    expect(certificatesIn(apiServer.certPem)).toHaveLength(2);
    expect(certificatesIn(ca.certPem)).toHaveLength(2);
    // Whom else the root has signed gets in nowhere.
    expect(certificatesIn(clientCa.certPem)).toHaveLength(1);
    const publicPem = createPublicKey(service.keyPem).export({ type: 'spki', format: 'pem' });
    expect(await readFile(serviceAccount.publicFile, 'utf8')).toBe(publicPem);
    expect((await stat(join(dataDir, 'pki/client-ca.key'))).mode & 0o777).toBe(0o600);

    await rm(caDir, { recursive: true });
    expect((await pki()).admin.certPem).toBe(admin.certPem);
  });

  it('may be some alone: what one of servers signs is never a user', async () => {
    const servers = await makeAuthority('servers');
    await give('server-ca', servers);
    await adopt();
    const { admin, frontProxyCa } = await pki();
    expect(isSignedBy(admin.certPem, servers.certPem)).toBe(false);
    expect(isSignedBy(admin.certPem, (await pki()).clientCa.certPem)).toBe(true);
    expect(new X509Certificate(frontProxyCa.certPem).subject).toBe('CN=k3v-front-proxy-ca');
    await adopt();
    expect((await pki()).admin.certPem).toBe(admin.certPem);
  });

  it('of users alone leave the others to k3v', async () => {
    const users = await makeAuthority('users');
    await give('client-ca', users);
    await adopt();
    const { admin, apiServer, ca } = await pki();
    expect(isSignedBy(admin.certPem, users.certPem)).toBe(true);
    expect(new X509Certificate(ca.certPem).subject).toBe('CN=k3v-ca');
    expect(isSignedBy(apiServer.certPem, ca.certPem)).toBe(true);
    await adopt();
    expect((await pki()).admin.certPem).toBe(admin.certPem);
  });

  it('lie where k3s looks for its own', async () => {
    const servers = await makeAuthority('servers');
    await give('server-ca', servers);
    const given = await readCaDir(caDir, new Date());
    const k3s = join(dataDir, 'control-plane/k3s');
    await adoptK3sKeys(k3s, given, dataDir);
    await adoptK3sKeys(k3s, given, dataDir);
    expect((await readdir(join(k3s, 'server/tls'))).toSorted()).toEqual(['server-ca.crt', 'server-ca.key']);
    expect(await readFile(join(k3s, 'server/tls/server-ca.crt'), 'utf8')).toBe(servers.certPem);
    await writeFile(join(k3s, 'server/tls/server-ca.crt'), 'another');
    await expect(adoptK3sKeys(k3s, given, dataDir)).rejects.toMatchObject({ code: 'CA_DIFFERS' });
  });
});

describe('others than the data directory has', () => {
  it.each(['server-ca', 'client-ca', 'request-header-ca'])('are refused, and nothing is changed: %s', async (name) => {
    const { admin } = await pki();
    const before = await readdir(join(dataDir, 'pki'));
    await give(name, await makeAuthority('others'));
    await expect(adopt()).rejects.toMatchObject({
      code: 'CA_DIFFERS',
      message: `${name}.crt of --ca-dir is another one than ${dataDir} has`,
    });
    expect(await readdir(join(dataDir, 'pki'))).toEqual(before);
    expect((await pki()).admin.certPem).toBe(admin.certPem);
  });
});

describe('a --ca-dir that cannot be used says what is wrong with it', () => {
  const refusal = async () =>
    await readCaDir(caDir, new Date()).then(
      () => 'nothing',
      (error: unknown) => `${Reflect.get(Object(error), 'code')}: ${Reflect.get(Object(error), 'message')}`,
    );

  it('is not there, or holds nothing', async () => {
    expect(await refusal()).toBe(
      `CA_DIR_BROKEN: ${caDir} holds none of server-ca.crt, client-ca.crt, request-header-ca.crt, service.key`,
    );
    await rm(caDir, { recursive: true });
    expect(await refusal()).toMatch(/^CA_DIR_BROKEN: .*given cannot be read: ENOENT/);
  });

  it('lacks a half', async () => {
    const { certPem } = await makeAuthority('a');
    await writeFile(join(caDir, 'client-ca.crt'), certPem);
    expect(await refusal()).toContain('client-ca.key is missing: a certificate and its key belong together');
  });

  it.each([
    [
      'has a key that belongs to another certificate',
      async () => ({ certPem: (await makeAuthority('a')).certPem, keyPem: (await makeAuthority('a')).keyPem }),
    ],
    ['has expired: CN=old was valid until', async () => await makeAuthority('old', { days: -1 })],
    [
      'is not an authority: it may not sign certificates',
      async () => await makeAuthority('leaf', { isAuthority: false }),
    ],
    ['holds no certificate', async () => ({ ...(await makeAuthority('a')), certPem: 'nothing' })],
    ['has a key that cannot be read', async () => ({ ...(await makeAuthority('a')), keyPem: 'nothing' })],
    [
      'lacks the root that it descends from',
      async () => {
        const below = await makeAuthority('below', { by: await makeAuthority('root') });
        return { ...below, certPem: certificatesIn(below.certPem)[0] ?? '' };
      },
    ],
    [
      'is not in order: what follows CN=below did not sign it',
      async () => {
        const below = await makeAuthority('below', { by: await makeAuthority('root') });
        return { ...below, certPem: `${certificatesIn(below.certPem)[0]}${(await makeAuthority('stranger')).certPem}` };
      },
    ],
  ])('%s', async (why, make) => {
    await give('server-ca', await make());
    expect(await refusal()).toContain(`server-ca.crt ${why}`);
  });

  it('has a service.key that is none', async () => {
    await writeFile(join(caDir, 'service.key'), 'nothing');
    expect(await refusal()).toContain('service.key has a key that cannot be read');
  });
});
