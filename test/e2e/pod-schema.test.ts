import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import { type Service, resources } from '../../src/kube/types.ts';
import { clientOf } from '../support/client-of.ts';
import { type K3vProcess, startK3v } from '../support/k3v-process.ts';
import { podContext, podContextWith } from '../support/pod-context.ts';
import { triedPods } from '../support/refused-pods.ts';

/** 10,000 were tried by hand: `K3V_SCHEMA_PODS=10000`. */
const wanted = Number(process.env['K3V_SCHEMA_PODS'] ?? 1000);
const { hostNamespace } = podContext.translator;
const clusterDns: Service = {
  kind: 'Service',
  metadata: { name: podContext.translator.hostName('Service', 'kube-system', 'kube-dns'), namespace: hostNamespace },
  spec: { clusterIP: '10.96.0.53' },
};
const context = podContextWith({ host: [clusterDns] });

let folder: string;
let k3v: K3vProcess;
let virtual: KubeClient;
let host: KubeClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k3v-schema-'));
  k3v = await startK3v(folder, [
    '--host',
    'embedded',
    '--listen-port',
    '27463',
    '--disable',
    'coredns',
    '--isolation',
    'none',
  ]);
  virtual = clientOf(k3v.kubeconfig);
  host = clientOf(join(folder, 'k3v-data/embedded-host/kubeconfig.yaml'));
  await host.create(resources.namespaces, { metadata: { name: hostNamespace } });
});

afterAll(async () => {
  await k3v?.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

describe('pods that the virtual API server takes', () => {
  it('are taken by the host, once they are translated', { timeout: 3_600_000 }, async () => {
    const { refusedByTenant, refusedByHost } = await triedPods({ virtual, host, context, count: wanted });
    expect(refusedByHost).toEqual([]);
    // Else the generator makes pods that say nothing.
    expect(refusedByTenant.length < wanted / 2 ? [] : refusedByTenant.slice(0, 5)).toEqual([]);
  });
});
