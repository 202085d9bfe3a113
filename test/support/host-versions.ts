import { type KubeObject, resources } from '../../src/kube/types.ts';
import type { Sides } from './both-worlds.ts';

const looked = [
  resources.pods,
  resources.services,
  resources.endpoints,
  resources.configMaps,
  resources.secrets,
  resources.persistentVolumeClaims,
];

/** Returns every object in the host namespace with its UID and version: the same again says that nothing was written there. */
export async function hostVersions({ host, translator }: Omit<Sides, 'virtual'>): Promise<string[]> {
  const { hostNamespace: namespace } = translator;
  const lists = await Promise.all(looked.map(async (kind) => (await host.list<KubeObject>(kind, { namespace })).items));
  return lists
    .flat()
    .map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`)
    .toSorted();
}
