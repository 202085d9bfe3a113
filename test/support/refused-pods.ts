import fc from 'fast-check';
import type { KubeClient } from '../../src/kube/client.ts';
import { StatusError } from '../../src/kube/errors.ts';
import { type KubeObject, type Pod, resources } from '../../src/kube/types.ts';
import type { SyncContext } from '../../src/syncer/sync-context.ts';
import { toHostPod } from '../../src/syncer/kinds/pods.ts';
import { eventually } from './eventually.ts';
import { podArbitrary } from './pod-arbitrary.ts';

/** How the host takes fields that it does not know: refuses them, or leaves them out as it does when k3v writes. */
type UnknownFields = 'Strict' | 'Ignore';

/** A pod, as JSON, and in which words the host refused it. */
interface RefusedPod {
  answer: string;
  pod: string;
}

const atOnce = 8;

/** Tries generated pods on the virtual API server and, as it would store them, on the host; writes nothing. */
export async function triedPods({
  virtual,
  host,
  context,
  count,
  unknownFields = 'Strict',
}: {
  virtual: KubeClient;
  host: KubeClient;
  context: SyncContext;
  count: number;
  unknownFields?: UnknownFields;
}): Promise<{ refusedByTenant: string[]; refusedByHost: RefusedPod[] }> {
  await withServiceAccount(virtual, 'default');
  await withServiceAccount(host, context.translator.hostNamespace);
  const pods = fc.sample(podArbitrary('default'), { numRuns: count, seed: 7 });
  const refusedByTenant: string[] = [];
  const refusedByHost: RefusedPod[] = [];
  const work = async () => {
    for (let pod = pods.pop(); pod; pod = pods.pop()) {
      const stored = await tryOut(virtual, pod, 'Strict');
      if (typeof stored === 'string') {
        refusedByTenant.push(stored);
        continue;
      }
      const answer = await tryOut(host, toHostPod(stored, context), unknownFields);
      if (typeof answer === 'string') refusedByHost.push({ answer, pod: JSON.stringify(pod) });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { refusedByTenant, refusedByHost };
}

async function withServiceAccount(client: KubeClient, namespace: string): Promise<void> {
  await eventually(async () => await client.get({ resource: resources.serviceAccounts, namespace, name: 'default' }));
}

/** Resolves with the pod as `client` would store it, or with why it refuses it. */
async function tryOut(client: KubeClient, pod: KubeObject, unknownFields: UnknownFields): Promise<Pod | string> {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods?dryRun=All&fieldValidation=${unknownFields}`;
  try {
    return (await client.request('POST', path, { body: pod })) as Pod;
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}
