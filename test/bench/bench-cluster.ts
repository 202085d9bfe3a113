import type { HostPace } from '../../src/embedded-host/host-flags.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';
import { type Namespace, resources, type ServiceAccount } from '../../src/kube/types.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import type { Bench } from './figure.ts';

/** A little less than the 110 that a node takes, so that the scheduler always finds a place. */
const podsPerNode = 100;
const patience = { timeoutMs: 60_000, everyMs: 100 };

/** Returns how many nodes a host needs for `pods`. */
export function nodesFor(pods: number): number {
  return Math.max(3, Math.ceil(pods / podsPerNode) + 1);
}

/** Where work is done, and who looks at it there. */
export interface Side {
  client: StreamingKubeClient;
  namespace: string;
}

/** A virtual cluster on an embedded host, and beside it on the same host a namespace for the same work without k3v. */
export interface BenchCluster extends EmbeddedCluster {
  virtualSide: Side;
  directSide: Side;
}

/** Starts one whose host has room for `pods`, has `work` done with it, and ends it. k3v is the bundled one, listens on `port`, and has further `flags`; `pace` is that of the host's controllers. */
export async function withBenchCluster<T>(
  { program }: Pick<Bench, 'program'>,
  { port, pods, flags = [], pace }: { port: number; pods: number; flags?: string[]; pace?: HostPace },
  work: (cluster: BenchCluster) => Promise<T>,
): Promise<T> {
  const nodes = nodesFor(pods);
  const cluster = await startEmbeddedCluster(port, { nodes, program, flags, pace });
  try {
    const direct = 'direct';
    await cluster.host.create<Namespace>(resources.namespaces, { metadata: { name: direct } });
    const virtualSide = { client: cluster.virtual, namespace: 'default' };
    const directSide = { client: cluster.host, namespace: direct };
    await Promise.all([untilUsable(virtualSide), untilUsable(directSide)]);
    return await work({ ...cluster, virtualSide, directSide });
  } finally {
    await cluster.stop();
  }
}

/** Before there is the account of its pods, a namespace takes none. */
export async function untilUsable({ client, namespace }: Side): Promise<void> {
  const ref = { resource: resources.serviceAccounts, namespace, name: 'default' };
  await eventually(async () => await client.get<ServiceAccount>(ref), patience);
}
