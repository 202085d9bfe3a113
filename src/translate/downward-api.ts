import { createHash } from 'node:crypto';
import type { Pod } from '../kube/types.ts';
import { goQuote } from './go-quote.ts';
import { ownDomain } from './labels.ts';

type PodSpec = NonNullable<Pod['spec']>;
type FieldRef = { apiVersion?: string | undefined; fieldPath: string };

/**
 * Returns the field of the host pod that says what `fieldRef` says of the tenant's `pod`. Where the host's own field would say something
 * else, it is an annotation that follows the tenant's value (`downwardAnnotations`): a kubelet reads a field anew for files and for each
 * start of a container.
 */
export function hostFieldRef(pod: Pod, fieldRef: FieldRef): FieldRef {
  const value = tenantField(pod, fieldRef.fieldPath);
  return value === undefined
    ? fieldRef
    : { ...fieldRef, fieldPath: `metadata.annotations['${downwardKey(fieldRef.fieldPath)}']` };
}

/** Returns the annotations behind all that `hostFieldRef` gives for `pod`. */
export function downwardAnnotations(pod: Pod): Record<string, string> {
  const annotations: Record<string, string> = {};
  for (const { fieldPath } of fieldRefsOf(pod.spec)) {
    const value = tenantField(pod, fieldPath);
    if (value !== undefined) annotations[downwardKey(fieldPath)] = value;
  }
  return annotations;
}

function fieldRefsOf(spec: PodSpec | undefined): FieldRef[] {
  const containers = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ];
  const variables = containers.flatMap(({ env }) => env ?? []).map(({ valueFrom }) => valueFrom?.fieldRef);
  const files = (spec?.volumes ?? [])
    .flatMap(({ downwardAPI, projected }) => [
      downwardAPI,
      ...(projected?.sources ?? []).map((source) => source.downwardAPI),
    ])
    .flatMap((source) => source?.items ?? [])
    .map((item) => item.fieldRef);
  return [...variables, ...files].filter((ref) => ref !== undefined);
}

/** Different paths have different keys: a label's name and an annotation's may read alike once they are legal. */
function downwardKey(fieldPath: string): string {
  const readable = fieldPath.replace(/[^A-Za-z0-9]+/g, '.').slice(0, 46);
  const hash = createHash('sha256').update(fieldPath).digest('hex').slice(0, 16);
  return `downward.${ownDomain}/${readable.replace(/\.$/, '')}-${hash}`;
}

/** Returns what the tenant's pod says at a downward API path, or undefined if the host pod's own field says the same. */
export function tenantField(pod: Pod, fieldPath: string): string | undefined {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (keyed) return own(keyed[1] === 'labels' ? metadata.labels : metadata.annotations, keyed[2] ?? '') ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'metadata.labels':
      return formatted(metadata.labels);
    case 'metadata.annotations':
      return formatted(metadata.annotations);
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? 'default';
    default:
      return undefined;
  }
}

function own(map: Record<string, string> | undefined, key: string): string | undefined {
  return map && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The kubelet's own format: lines of `key="escaped value"`, by key (fieldpath.FormatMap). */
function formatted(map: Record<string, string> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${goQuote(map[key] ?? '')}`)
    .join('\n');
}
