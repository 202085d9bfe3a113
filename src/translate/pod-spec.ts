import type { Pod } from '../kube/types.ts';
import { hostLabelKey } from './labels.ts';
import { type ClusterDns, hostDns } from './pod-dns.ts';
import { setHostname } from './pod-hostname.ts';
import { renameReferences } from './references.ts';
import { takeTokensFromSecret, tokenSecretName } from './token-projections.ts';
import { marks, type Translator } from './translator.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Container = PodSpec['containers'][number];
type EnvVar = NonNullable<Container['env']>[number];
type Selector = { matchLabels?: Record<string, string> | undefined; matchExpressions?: Expression[] | undefined };
type Expression = { key: string; operator: string; values?: string[] | undefined };
type AffinityTerm = {
  labelSelector?: Selector | undefined;
  namespaces?: string[] | undefined;
  namespaceSelector?: Selector | undefined;
  matchLabelKeys?: string[] | undefined;
  mismatchLabelKeys?: string[] | undefined;
};

type Variables = { name: string; value: string }[];
type EphemeralContainer = NonNullable<PodSpec['ephemeralContainers']>[number];

/** Returns the spec the host pod should have: what names things of the virtual cluster is translated, what only the host knows is left out. */
export function hostPodSpec(pod: Pod, translator: Translator, serviceVariables: Variables, dns: ClusterDns): PodSpec {
  const spec = translatedSpec(pod, translator, serviceVariables);
  setHostname(spec, pod, dns.domain);
  Object.assign(spec, hostDns(pod, dns));
  // They are added to a pod that runs, through a subresource; see `hostEphemeralContainers`.
  delete spec.ephemeralContainers;
  return spec;
}

/** Returns the ephemeral containers (`kubectl debug`) the host pod should have. */
export function hostEphemeralContainers(
  pod: Pod,
  translator: Translator,
  serviceVariables: Variables,
): EphemeralContainer[] {
  if (!pod.spec?.ephemeralContainers?.length) return [];
  return translatedSpec(pod, translator, serviceVariables).ephemeralContainers ?? [];
}

function translatedSpec(pod: Pod, translator: Translator, serviceVariables: Variables): PodSpec {
  const namespace = pod.metadata.namespace ?? '';
  const spec = renameReferences(pod, {
    configMap: (name) => translator.hostName('ConfigMap', namespace, name),
    secret: (name) => translator.hostName('Secret', namespace, name),
    claim: (name) => translator.hostName('PersistentVolumeClaim', namespace, name),
  });
  // What these name exists in the virtual cluster only, or is the host's to decide.
  for (const field of virtualOnly) delete spec[field];
  spec.automountServiceAccountToken = false;
  spec.enableServiceLinks = false;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]) {
    container.env = hostEnv(pod, container.env ?? [], serviceVariables);
  }
  takeTokensFromSecret(spec.volumes ?? [], tokenSecretName(pod, translator), spec.securityContext?.fsGroup);
  for (const volume of spec.volumes ?? []) {
    for (const items of [
      volume.downwardAPI?.items,
      ...(volume.projected?.sources ?? []).map((s) => s.downwardAPI?.items),
    ]) {
      for (const { fieldRef } of items ?? []) {
        if (fieldRef && tenantField(pod, fieldRef.fieldPath) !== undefined) {
          fieldRef.fieldPath = `metadata.annotations['${downwardKey(fieldRef.fieldPath)}']`;
        }
      }
    }
  }
  translateAffinity(spec, namespace, translator);
  return spec;
}

const virtualOnly = [
  'serviceAccountName',
  'serviceAccount',
  'nodeName',
  'priorityClassName',
  'priority',
  'preemptionPolicy',
  'overhead',
  'schedulerName',
  'schedulingGates',
  'readinessGates',
] as const satisfies (keyof PodSpec)[];

/** Returns the annotations behind the downward API items of `pod`'s volumes. */
export function downwardAnnotations(pod: Pod): Record<string, string> {
  const annotations: Record<string, string> = {};
  for (const volume of pod.spec?.volumes ?? []) {
    const sources = [volume.downwardAPI, ...(volume.projected?.sources ?? []).map((source) => source.downwardAPI)];
    for (const { fieldRef } of sources.flatMap((source) => source?.items ?? [])) {
      const value = fieldRef && tenantField(pod, fieldRef.fieldPath);
      if (fieldRef && value !== undefined) annotations[downwardKey(fieldRef.fieldPath)] = value;
    }
  }
  return annotations;
}

function downwardKey(fieldPath: string): string {
  const safe = fieldPath.replace(/[^A-Za-z0-9]+/g, '.').replace(/^\.|\.$/g, '');
  return `downward.k3v.io/${safe.slice(-63).replace(/^\.+/, '')}`;
}

/** Returns what the tenant's pod says at a downward API path, or undefined if the host pod's own field says the same. */
export function tenantField(pod: Pod, fieldPath: string): string | undefined {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (keyed) return (keyed[1] === 'labels' ? metadata.labels : metadata.annotations)?.[keyed[2] ?? ''] ?? '';
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

/** The kubelet's own format: sorted lines of `key="escaped value"` (fieldpath.FormatMap). */
function formatted(map: Record<string, string> | undefined): string {
  return Object.entries(map ?? {})
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort()
    .join('\n');
}

function hostEnv(pod: Pod, env: EnvVar[], serviceVariables: { name: string; value: string }[]): EnvVar[] {
  const own = env.map((variable) => {
    const path = variable.valueFrom?.fieldRef?.fieldPath;
    const value = path === undefined ? undefined : tenantField(pod, path);
    // A literal `$(X)` in a field's value must not be expanded.
    return value === undefined ? variable : { name: variable.name, value: value.replaceAll('$(', '$$(') };
  });
  const taken = new Set(own.map(({ name }) => name));
  return [...serviceVariables.filter(({ name }) => !taken.has(name)), ...own];
}

function translateAffinity(spec: PodSpec, namespace: string, translator: Translator): void {
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    const terms = [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => term.podAffinityTerm),
    ];
    for (const term of terms) translateTerm(term, namespace, translator);
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    constraint.labelSelector = scoped(constraint.labelSelector, [namespace], translator);
    if (constraint.matchLabelKeys) constraint.matchLabelKeys = constraint.matchLabelKeys.map(hostLabelKey);
  }
}

function translateTerm(term: AffinityTerm, namespace: string, translator: Translator): void {
  // An empty namespaceSelector means every namespace; one with labels is narrowed to the pod's own, as virtual
  // namespaces have no counterpart on the host.
  const everywhere = term.namespaceSelector && !hasRequirements(term.namespaceSelector);
  const namespaces = term.namespaces?.length ? term.namespaces : [namespace];
  term.labelSelector = scoped(term.labelSelector, everywhere ? undefined : namespaces, translator);
  delete term.namespaces;
  delete term.namespaceSelector;
  if (term.matchLabelKeys) term.matchLabelKeys = term.matchLabelKeys.map(hostLabelKey);
  if (term.mismatchLabelKeys) term.mismatchLabelKeys = term.mismatchLabelKeys.map(hostLabelKey);
}

function hasRequirements({ matchLabels, matchExpressions }: Selector): boolean {
  return Object.keys(matchLabels ?? {}).length > 0 || (matchExpressions ?? []).length > 0;
}

function scoped<S extends Selector>(
  selector: S | undefined,
  namespaces: string[] | undefined,
  translator: Translator,
): S | undefined {
  if (!selector) return undefined;
  const matchLabels: Record<string, string> = { [marks.clusterLabel]: translator.id };
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) matchLabels[hostLabelKey(key)] = value;
  const matchExpressions = (selector.matchExpressions ?? []).map((each) => ({ ...each, key: hostLabelKey(each.key) }));
  if (namespaces) matchExpressions.push({ key: marks.namespaceLabel, operator: 'In', values: namespaces });
  return { ...selector, matchLabels, matchExpressions };
}
