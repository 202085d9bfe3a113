import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadKubernetesPki } from '../../../src/control-plane/kubernetes-pki.ts';

const now = new Date('2026-03-01T00:00:00Z');
const later = (days: number) => new Date(now.getTime() + days * 86_400_000);
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'k3v-pki-'));
});

afterEach(() => rm(dataDir, { recursive: true }));

const load = (at: Date, tlsSans: string[] = []) =>
  loadKubernetesPki(
    { dataDir, advertiseAddress: '10.1.2.3', tlsSans, serviceCidr: '10.96.0.0/16', clusterDomain: 'cluster.local' },
    at,
  );

describe("the control plane's keys", () => {
  it('are made once, readable by their owner only, and found again', async () => {
    const first = await load(now);
    expect(first.apiServer.renewed).toBe('it did not exist');
    const files = await readdir(join(dataDir, 'pki'));
    expect(files).toHaveLength(16);
    const modes = await Promise.all(files.map(async (name) => (await stat(join(dataDir, 'pki', name))).mode & 0o777));
    expect(new Set(modes)).toEqual(new Set([0o600]));
    const second = await load(later(1));
    expect(second.apiServer).toEqual({ ...first.apiServer, renewed: undefined });
    expect(second.ca.certPem).toBe(first.ca.certPem);
  });

  it('are renewed by the same authority before they expire', async () => {
    const first = await load(now);
    const second = await load(later(300));
    expect(second.ca.renewed).toBeUndefined();
    for (const name of ['apiServer', 'admin', 'controllerManager', 'kubeletClient', 'frontProxyClient'] as const) {
      expect(second[name].renewed).toBe('it expires soon');
      expect(second[name].certPem).not.toBe(first[name].certPem);
      expect(await readFile(second[name].certFile, 'utf8')).toBe(second[name].certPem);
    }
    expect(new X509Certificate(second.admin.certPem).verify(new X509Certificate(first.ca.certPem).publicKey)).toBe(
      true,
    );
  });

  it('follow a new name for the API server and leave the others alone', async () => {
    await load(now);
    const second = await load(now, ['k3v.example']);
    expect(second.apiServer.renewed).toBe('it is for other addresses');
    expect(second.admin.renewed).toBeUndefined();
    expect(new X509Certificate(second.apiServer.certPem).checkHost('k3v.example')).toBe('k3v.example');
  });

  it('are repaired when a crash or a hand left a file damaged', async () => {
    const first = await load(now);
    await writeFile(first.admin.keyFile, 'not a key');
    expect((await load(now)).admin.renewed).toBe('it is damaged');
  });

  it('are all issued anew when the authority is gone', async () => {
    const first = await load(now);
    await rm(first.ca.keyFile);
    const second = await load(now);
    expect(second.ca.renewed).toBe('it did not exist');
    expect(second.admin.renewed).toBe('another authority signed it');
    expect(second.frontProxyClient.renewed).toBeUndefined();
  });

  it('keep the service-account key, or every token would be void', async () => {
    const first = await load(now);
    const before = await readFile(first.serviceAccount.keyFile, 'utf8');
    await load(later(3000));
    expect(await readFile(first.serviceAccount.keyFile, 'utf8')).toBe(before);
  });
});
