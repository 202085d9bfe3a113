import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundledHostPrograms, bundledKubernetes } from '../../../src/bundle/bundled-programs.ts';
import { findK3s } from '../../../src/control-plane/k3s-binary.ts';
import { silentLog } from '../../../src/log.ts';
import { silentProgress } from '../../../src/progress.ts';
import { packBundle } from '../../support/packed-bundle.ts';

const forever = new AbortController().signal;
const fakeK3s = "#!/bin/sh\necho 'k3s version v1.36.1+k3s1 (0123abcd)'\n";

let folder: string;
let options: { cacheDir: string; progress: typeof silentProgress };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-bundled-'));
  options = { cacheDir: join(folder, 'cache'), progress: silentProgress };
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

it('unpacks the Kubernetes that the packaged k3v carries', async () => {
  const { bundle } = await packBundle(folder, { kine: 'kine' });
  const found = await bundledKubernetes(bundle, '1.36', options, forever);
  expect(found.version).toBe('v1.36.3');
  expect(await readFile(join(found.folder, 'kine'), 'utf8')).toBe('kine');
});

it('says what it does not carry', async () => {
  const { bundle } = await packBundle(folder, { kine: 'kine' });
  await expect(bundledKubernetes(bundle, '1.34', options, forever)).rejects.toMatchObject({
    code: 'DISTRO_UNAVAILABLE',
    message: 'this packaged k3v does not carry Kubernetes 1.34, but v1.36.3',
  });
  await expect(bundledHostPrograms(bundle, options, forever)).rejects.toMatchObject({
    code: 'DISTRO_UNAVAILABLE',
    message: 'this packaged k3v does not carry an embedded host',
    hint: expect.stringContaining('--kubeconfig'),
  });
  await expect(bundledKubernetes({ ...bundle, parts: [] }, '1.36', options, forever)).rejects.toMatchObject({
    message: 'this packaged k3v does not carry the kubernetes distro',
  });
});

it('runs the k3s that it carries rather than one on PATH, and that of --k3s-binary rather than its own', async () => {
  const { bundle } = await packBundle(folder, { k3s: fakeK3s }, { name: 'k3s', version: 'v1.36.1+k3s1' });
  const given = {
    ...options,
    bundle,
    log: silentLog,
    k3sReleaseUrl: 'http://127.0.0.1:9',
    dataDir: folder,
    distro: 'k3s' as const,
    listenPort: 7443,
    advertiseAddress: '127.0.0.1',
    tlsSans: [],
    serviceCidr: '10.43.0.0/16',
    clusterDomain: 'cluster.local',
  };
  const own = await findK3s({ ...given, k3sBinary: undefined }, forever);
  expect(own).toMatchObject({ source: 'the packaged k3v carries it', version: { text: 'v1.36.1+k3s1' } });
  expect(own.command.startsWith(options.cacheDir)).toBe(true);
  const named = await findK3s({ ...given, k3sBinary: own.command }, forever);
  expect(named.source).toBe('--k3s-binary names it');
});
