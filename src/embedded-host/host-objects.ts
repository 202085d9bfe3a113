import type { KubeClient } from '../kube/client.ts';
import { ifFound, isAlreadyExists } from '../kube/errors.ts';
import { type KubeObject, type Node, type Resource, resources, type StorageClass } from '../kube/types.ts';

const pollMs = 50;

/**
 * Returns the `number`th node for KWOK to play. Its versions say what it is, in `kubectl get nodes -o wide` too. Its internal
 * address is its own, of a range that no machine has (RFC 2544); KWOK answers at the external one, which all share.
 */
export function simulatedNode(name: string, number: number, versions: { kubernetes: string; kwok: string }): Node {
  const size = { cpu: '32', memory: '256Gi', 'ephemeral-storage': '1Ti', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        type: 'kwok',
      },
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: `198.18.${number >> 8}.${number & 0xff}` },
        { type: 'ExternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: name },
      ],
      allocatable: size,
      capacity: size,
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: `kwok://${versions.kwok.replace(/^v/, '')}`,
        kernelVersion: 'simulated',
        kubeProxyVersion: '',
        kubeletVersion: versions.kubernetes,
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'simulated by KWOK',
        systemUUID: '',
      },
    },
  };
}

/** The storage class whose claims KWOK's own stages bind; the name is theirs. */
const storageClass: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'kwok-volume', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: 'kwok.x-k8s.io/volume',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
};

/** Creates the nodes and the storage class that are not there yet. */
export async function createHostObjects(
  client: KubeClient,
  nodes: readonly Node[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([
    ...nodes.map((node) => createIfMissing(client, resources.nodes, node, signal)),
    createIfMissing(client, resources.storageClasses, storageClass, signal),
  ]);
}

/** Resolves when a pod can be created and run: all nodes are ready, the default service account is there. */
export async function untilHostUsable(client: KubeClient, nodes: readonly Node[], signal: AbortSignal): Promise<void> {
  const names = nodes.map((node) => node.metadata.name);
  await until(async () => {
    const { items } = await client.list<Node>(resources.nodes, { signal });
    return names.every((name) => items.some((node) => node.metadata.name === name && isUsable(node)));
  }, signal);
  const account = { resource: resources.serviceAccounts, namespace: 'default', name: 'default' };
  await until(async () => (await ifFound(client.get(account, { signal }))) !== undefined, signal);
}

function isUsable(node: Node): boolean {
  const ready = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  const shunned = node.spec?.taints?.some(({ effect }) => effect !== 'PreferNoSchedule') ?? false;
  return ready && !shunned;
}

async function createIfMissing<T extends KubeObject>(
  client: KubeClient,
  resource: Resource,
  object: T,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.create(resource, object, { signal });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

async function until(isSo: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await isSo())) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    signal.throwIfAborted();
  }
}
