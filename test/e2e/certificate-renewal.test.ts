import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApiAccess, ControlPlane } from '../../src/control-plane/control-plane.ts';
import { apiServerRequest } from '../../src/control-plane/kubernetes-pki.ts';
import { untilReadyz } from '../../src/control-plane/readyz.ts';
import { startControlPlane } from '../../src/control-plane/start-control-plane.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { childNames } from '../support/control-plane-pids.ts';
import { eventually } from '../support/eventually.ts';
import { makeOld } from '../support/old-certificate.ts';
import { plainControlPlane } from '../support/plain-control-plane.ts';
import { shownCertificate } from '../support/shown-certificate.ts';

const listenPort = 27_557;
/** The API server looks at its files every minute, and when the kernel says that they changed. */
const patience = { timeoutMs: 100_000, everyMs: 200 };
const told: ApiAccess[] = [];
let dataDir: string;
let controlPlane: ControlPlane;

const base = (name: string) => join(dataDir, 'pki', name);
const onDisk = async (name: string) => new X509Certificate(await readFile(`${base(name)}.crt`, 'utf8'));

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'k3v-renewal-'));
  controlPlane = await startControlPlane(
    {
      ...plainControlPlane,
      dataDir,
      distro: 'kubernetes',
      listenPort,
      cacheDir: cacheDir(),
      renewalCheckMs: 300,
      onAdminRenewed: async (access) => void told.push(access),
    },
    new AbortController().signal,
  );
});

afterAll(async () => {
  await controlPlane?.stop();
  await rm(dataDir, { recursive: true });
});

it('certificates near their end are renewed and used while everything runs on', async () => {
  const pids = controlPlane.pids();
  expect(Object.keys(pids).toSorted()).toEqual(childNames.toSorted());
  const { caPem } = controlPlane;
  const before = controlPlane.admin;
  const old = await makeOld(base('apiserver'), base('ca'), apiServerRequest(plainControlPlane));
  await makeOld(base('admin'), base('ca'), {
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    usages: ['client'],
    days: 365,
  });
  // More than once if it looks while this test is between the two files of a pair.
  await eventually(() => expect(told.at(-1)).toEqual(controlPlane.admin), patience);
  expect(controlPlane.admin.keyPem).not.toBe(before.keyPem);
  await untilReadyz(controlPlane.admin, AbortSignal.timeout(10_000));

  await eventually(async () => {
    const { fingerprint256 } = await onDisk('apiserver');
    expect(fingerprint256).not.toBe(old);
    expect(await shownCertificate(listenPort, caPem)).toBe(fingerprint256);
  }, patience);
  for (const name of ['admin', 'apiserver']) {
    const days = ((await onDisk(name)).validToDate.getTime() - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(360);
  }
  expect(controlPlane.pids()).toEqual(pids);
});
