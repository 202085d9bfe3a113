import type { Pod } from '../kube/types.ts';
import { hostEnv, type Variables } from './container-env.ts';
import { hostFieldRef } from './downward-api.ts';
import { type ClusterDns, hostDns } from './pod-dns.ts';
import { setHostname } from './pod-hostname.ts';
import { type NamespacesMatching, translatePlacement } from './pod-placement.ts';
import { takeProjectedFiles } from './projected-files.ts';
import { type NamedKind, renameReferences } from './references.ts';
import type { Translator } from './translator.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Container = PodSpec['containers'][number];
type EphemeralContainer = NonNullable<PodSpec['ephemeralContainers']>[number];

/** What a pod meets in the virtual cluster: its host pod gets it in fields of its own. */
export interface PodSurroundings {
  serviceVariables: Variables;
  dns: ClusterDns;
  namespacesMatching: NamespacesMatching;
  /** Returns the keys of a ConfigMap or Secret in the pod's namespace; none if it is not there. */
  keysOf: (kind: 'ConfigMap' | 'Secret', name: string) => string[];
}

/** Returns the spec the host pod should have: what names things of the virtual cluster is translated, what only the host knows is left out. */
export function hostPodSpec(pod: Pod, translator: Translator, surroundings: PodSurroundings): PodSpec {
  const spec = translatedSpec(pod, translator, surroundings);
  setHostname(spec, pod, surroundings.dns.domain);
  Object.assign(spec, hostDns(pod, surroundings.dns));
  // They are added to a pod that runs, through a subresource; see `hostEphemeralContainers`.
  delete spec.ephemeralContainers;
  return spec;
}

/** Returns the ephemeral containers (`kubectl debug`) the host pod should have. */
export function hostEphemeralContainers(
  pod: Pod,
  translator: Translator,
  surroundings: PodSurroundings,
): EphemeralContainer[] {
  if (!pod.spec?.ephemeralContainers?.length) return [];
  return translatedSpec(pod, translator, surroundings).ephemeralContainers ?? [];
}

function translatedSpec(pod: Pod, translator: Translator, surroundings: PodSurroundings): PodSpec {
  const rename = (kind: NamedKind, name: string) => translator.hostName(kind, pod.metadata.namespace ?? '', name);
  const spec = renameReferences(pod, rename);
  for (const field of virtualOnly) delete spec[field];
  spec.automountServiceAccountToken = false;
  spec.enableServiceLinks = false;
  const tenants = new Map(containersOf(pod.spec).map((container) => [container.name, container]));
  for (const container of containersOf(spec)) {
    const inherited = inheritedNames(tenants.get(container.name), surroundings);
    container.env = hostEnv(pod, container.env ?? [], surroundings.serviceVariables, inherited);
  }
  takeProjectedFiles(spec, pod, translator);
  translateFiles(spec, pod);
  translatePlacement(spec, pod, translator, surroundings.namespacesMatching);
  return spec;
}

/** What these name exists in the virtual cluster only, or is the host's to decide. */
const virtualOnly = [
  'serviceAccountName',
  'serviceAccount',
  'priorityClassName',
  'priority',
  'preemptionPolicy',
  'overhead',
  'schedulerName',
  'schedulingGates',
  'schedulingGroup',
] as const satisfies (keyof PodSpec)[];

function containersOf(spec: PodSpec | undefined): Container[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])];
}

/** Returns the names of the variables that `container` takes over whole from ConfigMaps and Secrets. */
function inheritedNames(container: Container | undefined, { keysOf }: PodSurroundings): Set<string> {
  const names = (container?.envFrom ?? []).flatMap(({ prefix = '', configMapRef, secretRef }) =>
    [
      ...(configMapRef?.name ? keysOf('ConfigMap', configMapRef.name) : []),
      ...(secretRef?.name ? keysOf('Secret', secretRef.name) : []),
    ].map((key) => `${prefix}${key}`),
  );
  return new Set(names);
}

function translateFiles(spec: PodSpec, pod: Pod): void {
  for (const { downwardAPI, projected } of spec.volumes ?? []) {
    for (const source of [downwardAPI, ...(projected?.sources ?? []).map((each) => each.downwardAPI)]) {
      for (const item of source?.items ?? []) if (item.fieldRef) item.fieldRef = hostFieldRef(pod, item.fieldRef);
    }
  }
}
