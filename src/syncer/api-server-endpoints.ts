import equal from 'fast-deep-equal';
import type { KubeClient } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { type Endpoints, resources } from '../kube/types.ts';

/**
 * Makes the Endpoints of `default/kubernetes` name the virtual API server at `address:port`, as pods of the host reach it.
 * Writes only if they do not. With `--endpoint-reconciler-type=none` nobody else writes them.
 */
export async function publishApiServer(client: KubeClient, address: string, port: number): Promise<void> {
  const wanted: Endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'kubernetes', namespace: 'default' },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  };
  const ref = { resource: resources.endpoints, namespace: 'default', name: 'kubernetes' };
  const found = await client.get<Endpoints>(ref).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (!found) await client.create(resources.endpoints, wanted);
  else if (!equal(found.subsets, wanted.subsets)) await client.patch(ref, 'merge', { subsets: wanted.subsets });
}
