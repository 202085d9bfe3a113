import { K3vError } from '../errors.ts';
import { dnsName } from './dns-name.ts';
import type { CommandEntry } from './command-entry.ts';
import { type GivenFlags, isOn, itemsIn, pairsIn, textIn } from './given-flags.ts';
import { type ShownAs, hostCommand, outputFlag, shownAs, yesFlag } from './host-command.ts';

/** What `k3v policy …` is to do. */
export type PolicyWish =
  | {
      do: 'create';
      name: string;
      /** Undefined: as the host has it. */
      mode: string | undefined;
      labels: Record<string, string> | undefined;
      annotations: Record<string, string> | undefined;
      /** Those that are bound to it. */
      namespaces: string[];
      /** Also those that are bound to another. */
      overwrite: boolean;
    }
  | { do: 'list'; as: ShownAs }
  | { do: 'get'; name: string; as: ShownAs }
  | { do: 'delete'; name: string; yes: boolean };

/** Returns the wish in what was given. Throws FLAG_INVALID. */
export function policyWish(given: GivenFlags): PolicyWish {
  switch (given.path[1]) {
    case 'create':
      return {
        do: 'create',
        name: nameIn(given),
        mode: textIn(given, 'mode'),
        labels: pairsIn(given, 'labels'),
        annotations: pairsIn(given, 'annotations'),
        namespaces: itemsIn(given, 'namespace') ?? [],
        overwrite: isOn(given, 'overwrite'),
      };
    case 'list':
      return { do: 'list', as: shownAs(given) };
    case 'get':
      return { do: 'get', name: nameIn(given), as: shownAs(given) };
    case 'delete':
      return { do: 'delete', name: nameIn(given), yes: isOn(given, 'yes') };
    default:
      throw new Error(`policy has no command ${given.path[1]}`);
  }
}

function nameIn({ words: [name], path }: GivenFlags): string {
  if (name !== undefined && dnsName.test(name)) return name;
  throw new K3vError(
    'FLAG_INVALID',
    name === undefined
      ? `k3v ${path.join(' ')} needs the name of a policy`
      : `the name of the policy is ${JSON.stringify(name)}`,
    { hint: 'k3v policy list shows what there is; a name is of a-z, 0-9, - and dots.' },
  );
}

export const policyEntry: CommandEntry = {
  usage: ['policy <command> [<name>] [flags]'],
  summary: 'rules for the clusters of some namespaces: quota, limits, network, Pod Security',
  about: [
    'Makes, shows and deletes objects of kind VirtualClusterPolicy (k3k.io/v1beta1). A policy holds for the clusters of the namespaces that are bound to it by the label policy.k3k.io/policy-name. What it may say beside the mode: kubectl explain virtualclusterpolicies.k3k.io.spec.',
    'As with K3K, each flag is also a variable of the environment: K3K_MODE for --mode.',
  ],
  heeds: [],
  commands: {
    create: hostCommand(
      {
        mode: { type: 'string', choices: ['shared', 'virtual'], describe: 'the only mode that its clusters may have' },
        namespace: { type: 'array', short: 'n', describe: 'namespace to bind to it (repeatable)' },
        overwrite: { type: 'boolean', describe: 'also bind namespaces that are bound to another policy' },
        labels: { type: 'array', describe: 'labels of the policy: <name>=<value> (repeatable)' },
        annotations: { type: 'array', describe: 'annotations of the policy: <name>=<value> (repeatable)' },
      },
      1,
      {
        usage: ['policy create <name> [--mode virtual] [-n <namespace>]...'],
        summary: 'make a policy, and bind namespaces to it',
        examples: [['k3v policy create teams --namespace team-a,team-b', 'for the clusters of two namespaces']],
      },
    ),
    list: hostCommand({ output: outputFlag }, 0, {
      usage: ['policy list [-o wide|json|yaml|name]'],
      summary: 'list the policies of the host',
      examples: [['k3v policy list -o wide', 'with what they say of themselves']],
    }),
    get: hostCommand({ output: outputFlag }, 1, {
      usage: ['policy get <name> [-o wide|json|yaml|name]'],
      summary: 'show a policy, and which namespaces are bound to it',
      examples: [['k3v policy get teams -o yaml', 'the whole object']],
    }),
    delete: hostCommand({ yes: yesFlag }, 1, {
      usage: ['policy delete <name> [-y]'],
      summary: 'delete a policy; the clusters stay',
      examples: [['k3v policy delete teams -y', 'without a question']],
    }),
  },
  examples: [
    ['k3v policy create teams', 'make a policy'],
    ['k3v policy list', 'all that there are'],
  ],
};
