import { K3vError } from '../errors.ts';
import { type ClusterTarget, clusterTarget, targetFlags } from './cluster-target.ts';
import { expirySeconds } from './expiry.ts';
import { type GivenFlags, itemsIn, textIn, wholeIn } from './given-flags.ts';
import { hostCommand, serverFlag, serverIn } from './host-command.ts';
import { type KubeconfigPlace, kubeconfigPlace, mergeFlags } from './kubeconfig-place.ts';
import { ownFlags } from './own-flags.ts';

/** What `k3v cluster kubeconfig` is to give. */
export interface ClusterKubeconfigWish extends KubeconfigPlace {
  do: 'kubeconfig';
  target: ClusterTarget;
  /** URL; undefined: one that answers. */
  server: string | undefined;
  /** Who it is for; undefined: the admin. */
  user: { name: string; groups: string[]; seconds: number } | undefined;
}

/** Returns the wish in what was given. Throws FLAG_INVALID. */
export function clusterKubeconfigWish(given: GivenFlags): ClusterKubeconfigWish {
  const target = clusterTarget(given);
  return { do: 'kubeconfig', target, server: serverIn(given), user: userIn(given), ...kubeconfigPlace(given) };
}

function userIn(given: GivenFlags): ClusterKubeconfigWish['user'] {
  const name = textIn(given, 'user');
  const groups = itemsIn(given, 'group');
  const expires = textIn(given, 'expires');
  const days = wholeIn(given, 'expiration-days', [1, 365]);
  if (name === undefined) {
    const alone = Object.entries({ group: groups, expires, 'expiration-days': days }).find(([, value]) => value);
    if (!alone) return undefined;
    throw new K3vError('FLAG_INVALID', `--${alone[0]} goes with --user`, {
      hint: "The admin's kubeconfig is the one that the controller has made, as it is.",
    });
  }
  if (expires !== undefined && days !== undefined) {
    throw new K3vError('FLAG_INVALID', 'both --expires and --expiration-days are given', { hint: 'Give one of them.' });
  }
  const text = expires ?? (days === undefined ? String(ownFlags.expires.default) : `${days}d`);
  return { name, groups: groups ?? [], seconds: expirySeconds(text) };
}

const command = hostCommand(
  {
    ...targetFlags,
    user: {
      type: 'string',
      also: ['cn'],
      describe:
        "a client certificate for a user of this name, instead of the admin's; what the user may do is up to RoleBindings in the cluster. Also --cn",
    },
    group: { type: 'array', also: ['org'], describe: 'a group of that user (repeatable). Also --org' },
    expires: ownFlags.expires,
    'expiration-days': { type: 'string', describe: 'the same in days' },
    'kubeconfig-server': serverFlag,
    to: {
      type: 'string',
      also: ['config-name'],
      describe: 'write it to this file, readable by its owner only, instead of standard output. Also --config-name',
    },
    ...mergeFlags,
  },
  1,
  {
    usage: [
      'cluster kubeconfig <name> [--kubeconfig-server <address>] [--to <file>] [--merge]',
      'cluster kubeconfig <name> --user <name> [--group <name>]... [--expires 24h]',
    ],
    summary: 'print the kubeconfig of a cluster, or one for another user',
    about: [
      'Prints the kubeconfig of a cluster, with an address at which its API server answers from here: that of its load balancer, its Ingress or a node. There is none where it is not exposed: k3v cluster connect leads there.',
      'With --user the cluster signs a client certificate for somebody else than its admin, who may do what RoleBindings there let them. K3K has the same as kubeconfig generate, which is understood, too.',
    ],
    examples: [
      ['k3v cluster kubeconfig team-a --to team-a.yaml', 'for kubectl --kubeconfig team-a.yaml'],
      ['k3v cluster kubeconfig team-a --merge', 'for kubectl --context k3k-team-a'],
      ['k3v cluster kubeconfig team-a --user ci --group viewers --expires 8h', 'a user in the group viewers'],
    ],
  },
);
const altNames =
  'A certificate of a client needs no names. Those of the API server are in --tls-sans of k3v cluster create and update.';

export const clusterKubeconfigCommand = { ...command, table: { ...command.table, refused: { altNames } } };
