import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ApiAccess, ControlPlane, ControlPlaneOptions } from '../../src/control-plane/control-plane.ts';
import { currentOf, parseKubeconfig } from '../../src/kube/kubeconfig.ts';
import { startVirtualApi } from '../../src/start-virtual-api.ts';
import type { VirtualClusterOptions } from '../../src/virtual-cluster-options.ts';

const accessWith = (keyPem: string): ApiAccess => ({
  server: 'https://127.0.0.1:1',
  caPem: 'ca',
  certPem: 'certificate',
  keyPem,
});

it("the tenant's kubeconfig is written again when its certificate is renewed, or it would expire while k3v runs", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k3v-virtual-api-'));
  const writeKubeconfig = join(folder, 'kubeconfig.yaml');
  let asked: ControlPlaneOptions | undefined;
  const controlPlane = { admin: accessWith('first'), stop: async () => undefined } as Partial<ControlPlane>;
  const options = {
    config: { writeKubeconfig, id: 'default', tlsSans: [] },
    signal: new AbortController().signal,
    startControlPlane: async (given: ControlPlaneOptions) => {
      asked = given;
      return controlPlane as ControlPlane;
    },
  } as unknown as VirtualClusterOptions;
  const start = { host: {}, addresses: [], egress: {}, replica: undefined } as unknown as Parameters<
    typeof startVirtualApi
  >[1];
  const closers: (() => unknown)[] = [];
  await startVirtualApi(options, start, (_, close) => void closers.push(close));
  const key = async () => {
    const { user } = currentOf(parseKubeconfig(await readFile(writeKubeconfig, 'utf8')));
    return Buffer.from(user?.keyData ?? '', 'base64').toString();
  };
  expect(await key()).toBe('first');
  await asked?.onAdminRenewed?.(accessWith('second'));
  expect(await key()).toBe('second');
  for (const close of closers) await close();
  await rm(folder, { recursive: true });
});
