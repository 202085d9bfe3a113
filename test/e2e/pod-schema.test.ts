import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKubeconfig } from '../../src/host/load-kubeconfig.ts';
import { clientFromKubeConfig } from '../../src/kube/client-from-kubeconfig.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { StatusError } from '../../src/kube/errors.ts';
import { type KubeObject, type Pod, type Service, resources } from '../../src/kube/types.ts';
import { toHostPod } from '../../src/syncer/kinds/pods.ts';
import { eventually } from '../support/eventually.ts';
import { type K3vProcess, startK3v } from '../support/k3v-process.ts';
import { podArbitrary } from '../support/pod-arbitrary.ts';
import { podContext, podContextWith } from '../support/pod-context.ts';

/** 10,000 were tried by hand: `K3V_SCHEMA_PODS=10000`. */
const wanted = Number(process.env['K3V_SCHEMA_PODS'] ?? 1000);
const atOnce = 8;
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
  k3v = await startK3v(folder, ['--host', 'embedded', '--listen-port', '27463', '--disable', 'coredns']);
  virtual = clientOf(k3v.kubeconfig);
  host = clientOf(join(folder, 'k3v-data/embedded-host/kubeconfig.yaml'));
  await host.create(resources.namespaces, { metadata: { name: hostNamespace } });
  await withServiceAccount(virtual, 'default');
  await withServiceAccount(host, hostNamespace);
});

afterAll(async () => {
  await k3v?.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

function clientOf(kubeconfig: string): KubeClient {
  const loaded = loadKubeconfig({ kubeconfig, context: undefined, env: {} });
  if (!loaded) throw new Error(`no kubeconfig at ${kubeconfig}`);
  return clientFromKubeConfig(loaded.config);
}

async function withServiceAccount(client: KubeClient, namespace: string): Promise<void> {
  await eventually(async () => await client.get({ resource: resources.serviceAccounts, namespace, name: 'default' }));
}

/** Resolves with the pod as `client` would store it, or with why it refuses it. */
async function tryOut(client: KubeClient, pod: KubeObject): Promise<Pod | string> {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods?dryRun=All&fieldValidation=Strict`;
  try {
    return (await client.request('POST', path, { body: pod })) as Pod;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

describe('pods that the virtual API server takes', () => {
  it('are taken by the host, once they are translated', { timeout: 3_600_000 }, async () => {
    const pods = fc.sample(podArbitrary('default'), { numRuns: wanted, seed: 7 });
    const refusedByTenant: string[] = [];
    const refusedByHost: unknown[] = [];
    const work = async () => {
      for (let pod = pods.pop(); pod; pod = pods.pop()) {
        const stored = await tryOut(virtual, pod);
        if (typeof stored === 'string') {
          refusedByTenant.push(stored);
          continue;
        }
        const answer = await tryOut(host, toHostPod(stored, context));
        if (typeof answer === 'string') refusedByHost.push({ answer, pod: JSON.stringify(pod) });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    expect(refusedByHost).toEqual([]);
    // Else the generator makes pods that say nothing.
    expect(refusedByTenant.length < wanted / 2 ? [] : refusedByTenant.slice(0, 5)).toEqual([]);
  });
});
