import type { CommandEntry } from './command-entry.ts';
import { type OwnFlagName, ownFlags } from './own-flags.ts';

/** What `k3v doctor` is to do. */
export interface DoctorWish {
  json: boolean;
  /** The image of the pod that it may make on the host; undefined: none. */
  probeImage: string | undefined;
}

/** Returns the wish in the flags, as yargs gives them. */
export function doctorWish(given: Record<string, unknown>): DoctorWish {
  const name: OwnFlagName = 'probe-image';
  const image = given[name];
  const isWished = given['probe-pod'] === true || image !== undefined;
  const preset = String(ownFlags[name].default);
  return {
    json: given['output'] === 'json',
    probeImage: isWished ? (typeof image === 'string' ? image : preset) : undefined,
  };
}

export const doctorEntry: CommandEntry = {
  usage: ['doctor [-o json] [--probe-pod]'],
  summary: 'look for what keeps it from starting, or from working well',
  about: [
    'Looks at all that k3v needs of its host and of this machine, and says what to do where something is missing. Give it the flags that k3v is to run with. It changes nothing; with --probe-pod it makes a pod on the host, for a minute at most.',
    'What is marked by a tick is well; by ! works, less well than it could; by a cross does not work, and makes the exit code 1; by - was not tried, or is not needed.',
  ],
  own: ['output', 'probe-pod', 'probe-image'],
  heeds: [
    ...([
      'kubeconfig',
      'context',
      'namespace',
      'host',
      'service-cidr',
      'advertise-address',
      'id',
      'listen-port',
    ] as const),
    ...([
      'data-dir',
      'datastore-endpoint',
      'datastore-cafile',
      'datastore-certfile',
      'datastore-keyfile',
      'distro',
      'k3s-binary',
      'kubernetes-version',
      'isolation',
      'metrics-address',
    ] as const),
    ...(['cluster-domain', 'disable', 'coredns-image', 'sync', 'sync-rules'] as const),
  ],
  examples: [
    ['k3v doctor --kubeconfig host.yaml --namespace team-a', 'before the first start'],
    ['k3v doctor --kubeconfig host.yaml --namespace team-a --probe-pod', 'whether pods reach this machine, too'],
    ['k3v doctor -o json', 'for a program'],
  ],
};
