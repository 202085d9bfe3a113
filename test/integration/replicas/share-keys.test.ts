import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GivenKeys } from '../../../src/control-plane/ca-dir.ts';
import { loadKubernetesPki } from '../../../src/control-plane/kubernetes-pki.ts';
import { type Secret, resources } from '../../../src/kube/types.ts';
import { silentLog } from '../../../src/log.ts';
import { shareKeys } from '../../../src/replicas/share-keys.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { makeAuthority } from '../../support/make-authority.ts';
import { clientOf } from '../../support/running-informer.ts';

let host: FakeApiServer;
let folder: string;
let clients: ReturnType<typeof clientOf>[];

beforeEach(async () => {
  host = await startFakeApiServer();
  folder = await mkdtemp(join(tmpdir(), 'k3v-keys-'));
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.close();
  await host.stop();
  await rm(folder, { recursive: true });
});

async function share(name: string, given?: GivenKeys) {
  const client = clientOf(host.url);
  clients.push(client);
  const dataDir = join(folder, name);
  return await shareKeys({ host: client, namespace: 'team', id: 'blue', dataDir, given, log: silentLog });
}

const pkiOf = async (name: string) =>
  await loadKubernetesPki({
    dataDir: join(folder, name),
    advertiseAddress: '192.0.2.1',
    tlsSans: [],
    serviceCidr: '10.96.0.0/16',
    clusterDomain: 'cluster.local',
  });
const text = async (name: string, file: string) => await readFile(join(folder, name, 'pki', file), 'utf8');
const secret = () => host.store.get<Secret>(resources.secrets, 'team/k3v-blue-keys');

describe('the keys that replicas share', () => {
  it('are those of who comes first, and everybody issues certificates of its own by them', async () => {
    const [a, b] = [await share('a'), await share('b')];
    expect(b).toMatchObject({ admissionPath: a.admissionPath, k3sToken: a.k3sToken });
    expect(a.admissionPath).toMatch(/^\/[\w-]{20,}$/);
    const [ofA, ofB] = [await pkiOf('a'), await pkiOf('b')];
    expect(ofB.ca.certPem).toBe(ofA.ca.certPem);
    expect(ofB.frontProxyCa.keyPem).toBe(ofA.frontProxyCa.keyPem);
    expect(await text('b', 'service-account.key')).toBe(await text('a', 'service-account.key'));
    expect(await text('a', 'secrets-encryption.key')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
    expect(await text('b', 'secrets-encryption.key')).toBe(await text('a', 'secrets-encryption.key'));
    expect(ofB.apiServer.certPem).not.toBe(ofA.apiServer.certPem);
    expect(new X509Certificate(ofB.apiServer.certPem).verify(new X509Certificate(ofA.ca.certPem).publicKey)).toBe(true);
    expect(new X509Certificate(ofA.ca.certPem).checkPrivateKey(createPrivateKey(ofA.ca.keyPem))).toBe(true);
    expect((await stat(join(folder, 'b', 'pki', 'ca.key'))).mode & 0o777).toBe(0o600);
  });

  it('lie in a Secret that the syncer does not take for an object of its own', async () => {
    await share('a');
    expect(secret()?.metadata.labels).toBeUndefined();
    expect(Object.keys(secret()?.data ?? {}).toSorted()).toEqual([
      'admission-ca.crt',
      'admission-ca.key',
      'admission-path',
      'apiserver-proxy-ca.crt',
      'apiserver-proxy-ca.key',
      'ca.crt',
      'ca.key',
      'front-proxy-ca.crt',
      'front-proxy-ca.key',
      'k3s-token',
      'secrets-encryption.key',
      'service-account.key',
      'service-account.pub',
    ]);
  });

  it('are those of a virtual cluster that there is already, when it begins to share them', async () => {
    const before = await pkiOf('old');
    await mkdir(join(folder, 'old/control-plane/k3s/server'), { recursive: true });
    await writeFile(join(folder, 'old/control-plane/k3s/server/token'), 'K10abc::server:def\n');
    const old = await share('old');
    expect(old.k3sToken).toBe('K10abc::server:def');
    expect((await pkiOf('old')).ca.certPem).toBe(before.ca.certPem);
    await share('new');
    expect((await pkiOf('new')).ca.certPem).toBe(before.ca.certPem);
    expect(await text('new', 'service-account.pub')).toBe(await text('old', 'service-account.pub'));
  });

  it('stay as they are over a restart, and come back to who has lost its data directory', async () => {
    const first = await share('a');
    const { resourceVersion } = secret()?.metadata ?? {};
    const ca = await text('a', 'ca.crt');
    await share('a');
    await rm(join(folder, 'a'), { recursive: true });
    expect(await share('a')).toMatchObject({ admissionPath: first.admissionPath });
    expect(await text('a', 'ca.crt')).toBe(ca);
    expect(secret()?.metadata.resourceVersion).toBe(resourceVersion);
  });

  it('are agreed upon by those that start at the same moment', async () => {
    await Promise.all(['a', 'b', 'c'].map(async (name) => await share(name)));
    const all = await Promise.all(['a', 'b', 'c'].map(async (name) => await text(name, 'ca.key')));
    expect(new Set(all).size).toBe(1);
  });

  it('are refused to a stranger, of whom nothing is changed', async () => {
    await share('a');
    const stranger = await pkiOf('stranger');
    await expect(share('stranger')).rejects.toMatchObject({
      code: 'KEYS_DIFFER',
      message: expect.stringContaining('pki/ca.crt'),
      hint: expect.stringContaining('delete secret k3v-blue-keys'),
    });
    expect((await pkiOf('stranger')).ca.keyPem).toBe(stranger.ca.keyPem);
    expect(await readdir(join(folder, 'stranger/pki'))).not.toContain('admission-ca.key');
  });

  it('are those that the operator gave, with the same new ones beside them, whoever comes first', async () => {
    const { certPem, keyPem } = await makeAuthority('servers');
    const given = new Map([
      ['ca.crt', certPem],
      ['ca.key', keyPem],
    ]);
    await Promise.all(['a', 'b'].map(async (name) => await share(name, given)));
    const [ofA, ofB] = [await pkiOf('a'), await pkiOf('b')];
    expect([ofA.ca.certPem, ofB.ca.certPem]).toEqual([certPem, certPem]);
    expect(ofA.clientCa.certPem).not.toBe(certPem);
    expect(ofB.clientCa.keyPem).toBe(ofA.clientCa.keyPem);
    await share('without');
    expect((await pkiOf('without')).clientCa.keyPem).toBe(ofA.clientCa.keyPem);
    const others = await makeAuthority('others');
    await expect(share('others', new Map([['ca.crt', others.certPem]]))).rejects.toMatchObject({
      code: 'CA_DIFFERS',
      message: 'server-ca.crt of --ca-dir is another one than the Secret team/k3v-blue-keys has',
    });
  });

  it('are taken back by one that finds out that it has no business here', async () => {
    const first = await share('a');
    const second = await share('b');
    await second.withdraw();
    expect(secret()).toBeDefined();
    expect(await readdir(join(folder, 'b/pki'))).toEqual([]);
    await first.withdraw();
    expect(secret()).toBeUndefined();
  });
});
