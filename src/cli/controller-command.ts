import { K3vError } from '../errors.ts';
import type { CommandEntry } from './command-entry.ts';
import { type OwnFlagName, ownFlags } from './own-flags.ts';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'] as const;

/** What `k3v controller` is to do. */
export interface ControllerWish {
  images: {
    k3v: string;
    k3s: string;
    etcd: string;
    pullPolicy: (typeof pullPolicies)[number] | undefined;
    pullSecrets: string[];
  };
  /** The only namespace whose Clusters count. */
  watchNamespace: string | undefined;
  podCidrs: string[];
  leaderElect: boolean;
  workers: number;
}

/** Returns the wish in the flags, as yargs gives them. Throws FLAG_INVALID. */
export function controllerWish(given: Record<string, unknown>): ControllerWish {
  const text = (name: OwnFlagName) => {
    const value = given[name] ?? ownFlags[name].default;
    return typeof value === 'string' ? value : undefined;
  };
  const list = (name: OwnFlagName) =>
    [given[name]].flat().flatMap((each) => (typeof each === 'string' ? each.split(',') : []));
  const pullPolicy = pullPolicies.find((each) => each === given['image-pull-policy']);
  return {
    images: {
      k3v: text('image') ?? '',
      k3s: text('k3s-image') ?? '',
      etcd: text('etcd-image') ?? '',
      pullPolicy,
      pullSecrets: list('image-pull-secret'),
    },
    watchNamespace: text('watch-namespace'),
    podCidrs: list('pod-cidr'),
    leaderElect: given['leader-elect'] !== false,
    workers: workersOf(text('workers')),
  };
}

function workersOf(text: string | undefined): number {
  const number = Number(text);
  if (/^\d+$/.test(String(text)) && number > 0 && number <= 1000) return number;
  throw invalid('workers', text, 'a number from 1 to 1000');
}

function invalid(name: OwnFlagName, value: unknown, wanted: string): K3vError {
  return new K3vError('FLAG_INVALID', `--${name} is ${JSON.stringify(value)}`, { hint: `It must be ${wanted}.` });
}

export const controllerEntry: CommandEntry = {
  usage: ['controller [flags]'],
  summary: 'look after the Clusters of a host, which are virtual clusters as objects',
  about: [
    'Watches the Clusters and VirtualClusterPolicies of a host (k3k.io/v1beta1), and makes each Cluster what it says: servers as pods, in the namespace of the Cluster. The chart k3k runs it in the host; it can as well run elsewhere, with a kubeconfig. The CRDs have to be there.',
    'Several of them on one host choose by a Lease which one works. It keeps nothing: whenever it is ended, the next one goes on.',
  ],
  own: [
    'image',
    'k3s-image',
    'etcd-image',
    'image-pull-policy',
    'image-pull-secret',
    'pod-cidr',
    'watch-namespace',
    'leader-elect',
    'workers',
  ],
  heeds: ['kubeconfig', 'context', 'namespace', 'metrics-address', 'debug'],
  examples: [
    ['k3v controller --image registry.example/k3v:0.1.0', 'in a pod, or with the current kubeconfig'],
    ['k3v controller --kubeconfig host.yaml --watch-namespace team-a --no-leader-elect', 'for one namespace, alone'],
  ],
};
