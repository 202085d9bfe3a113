import { K3vError } from '../errors.ts';
import { type ClusterFields, changeableFlags, clusterFields, exposureIn, lastingFlags } from './cluster-spec-flags.ts';
import { type ClusterTarget, clusterTarget, targetFlags } from './cluster-target.ts';
import { type GivenFlags, textIn } from './given-flags.ts';
import { type KubeconfigPlace, kubeconfigPlace, mergeFlags } from './kubeconfig-place.ts';
import { hostCommand, serverFlag, serverIn, waitFlags, waitSecondsIn } from './host-command.ts';

/** What `k3v cluster create` is to make. */
export interface CreateWish extends KubeconfigPlace {
  do: 'create';
  target: ClusterTarget;
  fields: ClusterFields;
  /** What servers and agents join with; undefined: one is made on the host. */
  token: string | undefined;
  /** Of which policy the namespace is to be. */
  policy: string | undefined;
  /** Folder of certificates and keys of authorities. */
  certsFolder: string | undefined;
  /** URL under which the API server is reached from here; undefined: one that answers. */
  server: string | undefined;
  /** Undefined: it is not waited for, and no kubeconfig is written. */
  waitSeconds: number | undefined;
}

/** `--id` of k3v is at most so long, and the names of Services with what is put before and behind it. */
const mostLetters = 40;

/** Returns the wish in what was given. Throws FLAG_INVALID. */
export function createWish(given: GivenFlags): CreateWish {
  const target = clusterTarget(given);
  const { name } = target;
  if (name.length > mostLetters) {
    throw new K3vError('FLAG_INVALID', `the name of the cluster is ${JSON.stringify(name)}`, {
      hint: `It must be at most ${mostLetters} of a-z, 0-9 and -.`,
    });
  }
  return {
    do: 'create',
    target,
    // As K3K's users know it.
    fields: clusterFields(given, exposureIn(given) ?? 'nodeport'),
    token: textIn(given, 'token'),
    policy: textIn(given, 'policy'),
    certsFolder: textIn(given, 'custom-certs'),
    server: serverIn(given),
    ...kubeconfigPlace(given, `${name}-kubeconfig.yaml`),
    waitSeconds: waitSecondsIn(given),
  };
}

export const createCommand = hostCommand(
  {
    ...targetFlags,
    ...lastingFlags,
    ...changeableFlags,
    expose: { ...changeableFlags.expose, default: 'nodeport' },
    token: { type: 'string', describe: 'what servers and agents join with, in mode virtual; else one is made' },
    policy: { type: 'string', describe: 'VirtualClusterPolicy that the namespace is to be bound to' },
    'custom-certs': {
      type: 'string',
      describe:
        'folder with authorities of your own: server-ca, client-ca and request-header-ca, each as .crt and .key, etcd/server-ca, etcd/peer-ca, and service.key',
    },
    'kubeconfig-server': serverFlag,
    to: { type: 'string', describe: 'file to write the kubeconfig to; else <name>-kubeconfig.yaml' },
    ...mergeFlags,
    ...waitFlags,
  },
  1,
  {
    usage: ['cluster create <name> [flags]'],
    summary: 'make a cluster, and write a kubeconfig that leads to it',
    about: [
      'Makes a cluster, waits until it is ready, and writes its kubeconfig. Without --namespace it gets a namespace of its own, k3k-<name>, that goes with it; one that is given is made if it is not there, and stays.',
      'What is not given is as the policy of the namespace says, or as kubectl explain clusters.k3k.io.spec does.',
    ],
    examples: [
      ['k3v cluster create --name example-cluster --token test', 'in namespace k3k-example-cluster'],
      ['k3v cluster create team-a --servers 3 --storage-request-size 5G', 'one that goes on when a server is lost'],
      ['k3v cluster create team-b --expose none', 'reached by k3v cluster connect alone'],
    ],
  },
);
