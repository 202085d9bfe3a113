import { K3vError } from '../errors.ts';
import type { CommandEntry } from './command-entry.ts';
import { type CreateWish, createCommand, createWish } from './cluster-create-command.ts';
import {
  type ClusterKubeconfigWish,
  clusterKubeconfigCommand,
  clusterKubeconfigWish,
} from './cluster-kubeconfig-command.ts';
import { type ClusterFields, changeableFlags, clusterFields, exposureIn } from './cluster-spec-flags.ts';
import { type ClusterTarget, clusterTarget, namespaceIn, targetFlags } from './cluster-target.ts';
import { type GivenFlags, isOn, textIn, wholeIn } from './given-flags.ts';
import { type ShownAs, hostCommand, outputFlag, shownAs, waitFlags, waitSecondsIn, yesFlag } from './host-command.ts';

/** What `k3v cluster …` is to do. */
export type ClusterWish =
  | CreateWish
  | ClusterKubeconfigWish
  | { do: 'update'; target: ClusterTarget; fields: ClusterFields; yes: boolean; waitSeconds: number | undefined }
  /** `namespace`: undefined for all. */
  | { do: 'list'; namespace: string | undefined; as: ShownAs }
  | { do: 'get'; target: ClusterTarget; as: ShownAs }
  | {
      do: 'delete';
      what: ClusterTarget | { allIn: string };
      keepData: boolean;
      yes: boolean;
      waitSeconds: number | undefined;
    }
  | { do: 'pause' | 'resume'; target: ClusterTarget; waitSeconds: number | undefined }
  /** `port`: of 127.0.0.1, 0 for any. `command`: what is run with the kubeconfig; undefined: until interrupted. */
  | { do: 'connect'; target: ClusterTarget; port: number; to: string; command: readonly string[] | undefined };

/** Returns the wish in what was given. Throws FLAG_INVALID. */
export function clusterWish(given: GivenFlags): ClusterWish {
  switch (given.path[1]) {
    case 'create':
      return createWish(given);
    case 'update': {
      const fields = clusterFields(given, exposureIn(given));
      const target = clusterTarget(given);
      const { spec, labels, annotations } = fields;
      if (Object.keys({ ...spec, ...labels, ...annotations }).length > 0)
        return { do: 'update', target, fields, yes: isOn(given, 'yes'), waitSeconds: waitSecondsIn(given) };
      throw new K3vError('FLAG_INVALID', 'k3v cluster update is not told what to change', {
        hint: 'See k3v cluster update --help.',
      });
    }
    case 'list':
      return { do: 'list', namespace: namespaceIn(given), as: shownAs(given) };
    case 'get':
      return { do: 'get', target: clusterTarget(given), as: shownAs(given) };
    case 'delete': {
      const [keepData, yes] = [isOn(given, 'keep-data'), isOn(given, 'yes')];
      return { do: 'delete', what: deletedOnes(given), keepData, yes, waitSeconds: waitSecondsIn(given) };
    }
    case 'kubeconfig':
      return clusterKubeconfigWish(given);
    case 'pause':
    case 'resume':
      return { do: given.path[1], target: clusterTarget(given), waitSeconds: waitSecondsIn(given) };
    case 'connect': {
      const port = wholeIn(given, 'port', [0, 65_535]) ?? 0;
      const { command } = given;
      if (command?.length === 0) {
        throw new K3vError('FLAG_INVALID', 'k3v cluster connect has no command after --', {
          hint: 'Write it there, or leave -- out.',
        });
      }
      const target = clusterTarget(given);
      return { do: 'connect', target, port, to: textIn(given, 'to') ?? `${target.name}-connect.yaml`, command };
    }
    default:
      throw new Error(`cluster has no command ${given.path[1]}`);
  }
}

function deletedOnes(given: GivenFlags): ClusterTarget | { allIn: string } {
  if (!isOn(given, 'all')) return clusterTarget(given);
  const allIn = namespaceIn(given);
  if (allIn !== undefined && given.words.length === 0 && textIn(given, 'name') === undefined) return { allIn };
  throw new K3vError('FLAG_INVALID', '--all goes with --namespace, and with no name', {
    hint: 'It deletes all clusters of that namespace.',
  });
}

const connectCommand = hostCommand(
  {
    ...targetFlags,
    port: { type: 'string', describe: 'port of 127.0.0.1; else one that is free' },
    to: {
      type: 'string',
      describe: 'file to write the kubeconfig to, which goes at the end; else <name>-connect.yaml',
    },
  },
  1,
  {
    usage: ['cluster connect <name> [--port <number>] [--to <file>]', 'cluster connect <name> -- <command>'],
    summary: 'hold a way open to the API server of a cluster that is not exposed',
    about: [
      'Forwards a port of 127.0.0.1 to a server of the cluster, through the API server of the host, and writes a kubeconfig that leads there, until interrupted. It goes on when a server is replaced.',
      'With a command, that is run with KUBECONFIG set to such a kubeconfig, and k3v ends as it does.',
    ],
    examples: [
      ['k3v cluster connect team-a', 'until Ctrl-C; in another shell, use team-a-connect.yaml'],
      ['k3v cluster connect team-a -- kubectl get nodes', 'for one command'],
    ],
  },
);

export const clusterEntry: CommandEntry = {
  usage: ['cluster <command> [<name>] [flags]'],
  summary: 'virtual clusters as a service: make, change and delete Clusters of a host with the chart of k3k',
  about: [
    'Makes, shows, changes and deletes virtual clusters that run on a host, as objects of kind Cluster (k3k.io/v1beta1), for a host that has the chart of k3k installed. The same commands are there under the name k3k.',
    'A cluster is named as <name>, which is looked for in the namespace k3k-<name>, or as <namespace>/<name>.',
    'As with K3K, each flag is also a variable of the environment: K3K_SERVERS for --servers, K3K_KUBECONFIG for --kubeconfig.',
  ],
  heeds: [],
  commands: {
    create: createCommand,
    update: hostCommand({ ...targetFlags, ...changeableFlags, yes: yesFlag, ...waitFlags }, 1, {
      usage: ['cluster update <name> [--version <version>] [flags]'],
      summary: 'change a cluster',
      about: [
        'Shows what would change, asks, changes it, and waits until it is so. What is not given stays as it is; of lists the new one counts. A version cannot go down.',
      ],
      examples: [
        ['k3v cluster update team-a --tls-sans team-a.example.com', 'a further name in its certificate'],
        ['k3v cluster update team-a --version v1.36 -y', 'without a question'],
      ],
    }),
    list: hostCommand(
      { namespace: { ...targetFlags.namespace, describe: 'namespace; else all' }, output: outputFlag },
      0,
      {
        usage: ['cluster list [-n <namespace>] [-o wide|json|yaml|name]'],
        summary: 'list the clusters of the host',
        examples: [['k3v cluster list -o wide', 'with addresses, servers and agents, and what they wait for']],
      },
    ),
    get: hostCommand({ ...targetFlags, output: outputFlag }, 1, {
      usage: ['cluster get <name> [-o wide|json|yaml|name]'],
      summary: 'show a cluster',
      examples: [['k3v cluster get team-a -o yaml', 'the whole object']],
    }),
    delete: hostCommand(
      {
        ...targetFlags,
        all: { type: 'boolean', short: 'A', describe: 'all clusters of --namespace' },
        'keep-data': {
          type: 'boolean',
          describe: 'leave the volumes of the servers, and the namespace that was made for the cluster',
        },
        yes: yesFlag,
        ...waitFlags,
      },
      1,
      {
        usage: ['cluster delete <name> [--keep-data] [-y]', 'cluster delete --all -n <namespace> -y'],
        summary: 'delete a cluster with all that is in it',
        about: [
          'Deletes a cluster, all that runs in it, its data, and the namespace that was made for it, and waits until all of it is gone. On a terminal it asks; elsewhere it does as it is told, but --all needs -y.',
        ],
        examples: [['k3v cluster delete team-a', 'and with it namespace k3k-team-a, if it was made for it']],
      },
    ),
    kubeconfig: clusterKubeconfigCommand,
    pause: hostCommand({ ...targetFlags, ...waitFlags }, 1, {
      usage: ['cluster pause <name>'],
      summary: 'stop the servers of a cluster, and keep its data',
      about: [
        'Stops the servers and agents of a cluster. Its data stays, and in mode shared its pods run on; nobody can reach its API server.',
      ],
      examples: [['k3v cluster pause team-a', 'overnight']],
    }),
    resume: hostCommand({ ...targetFlags, ...waitFlags }, 1, {
      usage: ['cluster resume <name>'],
      summary: 'start the servers of a paused cluster again',
      examples: [['k3v cluster resume team-a', 'and wait until it is ready']],
    }),
    connect: { ...connectCommand, table: { ...connectCommand.table, takesCommand: true } },
  },
  examples: [
    ['k3v cluster create team-a', 'in namespace k3k-team-a; writes team-a-kubeconfig.yaml'],
    ['k3v cluster list', 'all that there are'],
  ],
};
