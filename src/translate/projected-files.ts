import type { Pod } from '../kube/types.ts';
import type { Translator } from './translator.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Source = NonNullable<NonNullable<NonNullable<PodSpec['volumes']>[number]['projected']>['sources']>[number];

/** Kinds in the host names and the owner marks of what is made for one pod alone: no object of the tenant can have such a name. */
export const tokenSecretKind = 'ServiceAccountToken';
export const trustBundlesKind = 'ClusterTrustBundles';

/** One file of a projected volume that a kubelet asks its own API server for. */
export interface ProjectedFile<T> {
  volume: string;
  /** Where it stands in the host object that is made for the pod. */
  key: string;
  source: T;
}

/** Returns the sources of one type in the projected volumes of `pod`, in their order. */
export function projectedFiles<Type extends 'serviceAccountToken' | 'clusterTrustBundle'>(
  { spec }: Pod,
  type: Type,
): ProjectedFile<NonNullable<Source[Type]>>[] {
  return (spec?.volumes ?? []).flatMap(({ name: volume, projected }) =>
    (projected?.sources ?? []).flatMap((each, index) => {
      const source = each[type];
      return source ? [{ volume, key: keyOf(volume, index), source }] : [];
    }),
  );
}

/**
 * Makes the host pod's projected volumes take service-account tokens and trust bundles from the objects that are made for `pod`: what the
 * host's API server would give means nothing to the virtual one, and its tokens must not reach the tenant. Changes `spec`.
 */
export function takeProjectedFiles(spec: PodSpec, { metadata }: Pod, translator: Translator): void {
  const nameOf = (kind: string) => translator.hostName(kind, metadata.namespace ?? '', metadata.name);
  const mode = modeOf(spec);
  for (const { name, projected } of spec.volumes ?? []) {
    if (!projected?.sources) continue;
    projected.sources = projected.sources.map((source, index): Source => {
      const { serviceAccountToken: token, clusterTrustBundle: bundle } = source;
      const items = (path: string) => [{ key: keyOf(name, index), path, ...mode }];
      if (token) return { secret: { name: nameOf(tokenSecretKind), items: items(token.path) } };
      if (bundle) return { configMap: { name: nameOf(trustBundlesKind), items: items(bundle.path) } };
      return source;
    });
    projected.sources = withoutOverwritten(projected.sources);
  }
}

/** A token may stand at the path of another file: a kubelet takes that of the last source. Of other sources an API server takes no path twice. */
function withoutOverwritten(sources: Source[]): Source[] {
  const lastAt = new Map(sources.flatMap((source, index) => pathsOf(source).map((path) => [path, index] as const)));
  return sources.flatMap((source, index): Source[] => {
    const paths = pathsOf(source);
    const stays = ({ path }: { path: string }) => lastAt.get(path) === index;
    const left = paths.filter((path) => stays({ path }));
    if (left.length === paths.length) return [source];
    // Without items a source would give all that it has.
    if (left.length === 0) return [];
    const { configMap, secret, downwardAPI } = source;
    if (configMap) return [{ configMap: { ...configMap, items: configMap.items?.filter(stays) } }];
    if (secret) return [{ secret: { ...secret, items: secret.items?.filter(stays) } }];
    return [{ downwardAPI: { items: downwardAPI?.items?.filter(stays) } }];
  });
}

function pathsOf({ configMap, secret, downwardAPI }: Source): string[] {
  return [configMap?.items, secret?.items, downwardAPI?.items].flatMap((items) =>
    (items ?? []).map(({ path }) => path),
  );
}

/**
 * The kubelet's rule: such files are for the group of the pod's files, or else for the one user of all its containers, whatever the volume's
 * own mode says. A file of a Secret or ConfigMap cannot be given to a user, so that it is open to him as one of all.
 */
function modeOf(spec: PodSpec): { mode?: number } {
  if (spec.securityContext?.fsGroup !== undefined) return { mode: 0o600 };
  const podUser = spec.securityContext?.runAsUser;
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const users = new Set(containers.map(({ securityContext }) => securityContext?.runAsUser ?? podUser));
  return users.size === 1 && !users.has(undefined) ? { mode: 0o644 } : {};
}

/** A volume's name has no dot in it, so that no two files share a key. */
function keyOf(volume: string, source: number): string {
  return `${volume}.${source}`;
}
