import { isolations } from '../isolations.ts';
import { kubernetesMinors } from '../kubernetes-minors.ts';
import { logFormats } from './log-format.ts';

/** What flags take that take only certain words. */
export const choices = {
  host: ['auto', 'embedded'],
  hostNetwork: ['auto', 'direct', 'port-forward'],
  nodes: ['auto', 'all', 'used', 'from-pods'],
  distro: ['auto', 'k3s', 'kubernetes'],
  kubernetesVersion: kubernetesMinors,
  isolation: isolations,
  disable: ['coredns', 'metrics'],
  logFormat: logFormats,
} as const;

/** The kinds that cross only where `--sync` names them; custom resources come besides. */
export const optInWords = [
  'ingresses',
  'networkpolicies',
  'poddisruptionbudgets',
  'priorityclasses',
  'serviceaccounts',
  'volumesnapshots',
] as const;

/** What `--sync` takes that has a name of its own. */
export const syncWords = [...optInWords, 'configmaps=all', 'secrets=all'] as const;

/** What `--with` of host-role takes, besides what `--sync` takes. */
export const withWords = [
  'events',
  'nodes',
  'storageclasses',
  'metrics',
  'nodes/proxy',
  'endpoints/restricted',
  'ingressclasses',
  'customresourcedefinitions',
] as const;
