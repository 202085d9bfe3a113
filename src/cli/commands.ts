import { clusterEntry } from './cluster-command.ts';
import type { CommandEntry } from './command-entry.ts';
import { controllerEntry } from './controller-command.ts';
import { doctorEntry } from './doctor-command.ts';
import { type FlagName, flags } from './flags.ts';
import { kubeconfigEntry } from './kubeconfig-command.ts';
import { policyEntry } from './policy-command.ts';
import { shells } from './shells.ts';
import { snapshotEntry } from './snapshot-command.ts';
import { uiEntry } from './ui-command.ts';
import { uninstallEntry } from './uninstall-command.ts';

/** Flags that each command heeds. */
const always: readonly FlagName[] = ['config', 'log-format'];

/** What k3v does without a command. */
export const mainEntry: CommandEntry = {
  usage: ['[flags]'],
  summary: 'run the virtual cluster until interrupted',
  about: ['Runs a virtual Kubernetes cluster in one namespace of a host cluster.'],
  heeds: Object.keys(flags) as FlagName[],
  examples: [
    ['k3v --kubeconfig host.yaml --namespace team-a', 'a virtual cluster in the namespace team-a'],
    ['k3v --host embedded', 'try it without any cluster'],
    ['kubectl --kubeconfig ./kubeconfig.yaml get all -A', 'in a second shell'],
  ],
};

/** Every command, by name. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  status: {
    usage: ['status [--watch] [-o json]'],
    summary: 'is it up, and what is synced',
    about: [
      'Says whether k3v is up, where it runs, and of each kind how much is in sync, pending or refused, with the first 20 of those that are not in sync, and why.',
      'Pending is what will be in sync when its turn comes, or when something that it waits for is there; refused is what stays as it is until somebody changes something. A running k3v says so every two seconds.',
    ],
    own: ['watch', 'output'],
    heeds: ['data-dir', ...always],
    examples: [
      ['k3v status', 'of the k3v whose data directory is ./k3v-data'],
      ['k3v status --watch', 'over the last one on a terminal, else below it; with -o json a line for each change'],
      ['k3v status -o json --data-dir /var/lib/k3v', 'for a program'],
    ],
  },
  ui: { ...uiEntry, heeds: [...uiEntry.heeds, ...always] },
  'host-role': {
    usage: ['host-role [--namespace <name>] [--with <words>]...'],
    summary: 'print the Role that k3v needs on the host',
    about: ['Prints the ServiceAccount and the Role that k3v needs on the host, as YAML.'],
    own: ['with'],
    heeds: ['namespace', 'sync-rules', ...always],
    examples: [
      ['k3v host-role --namespace team-a | kubectl apply -f -', 'all that k3v cannot do without'],
      ['k3v host-role --namespace team-a --with events,nodes', 'and some that it can'],
    ],
  },
  snapshot: { ...snapshotEntry, heeds: [...snapshotEntry.heeds, ...always] },
  kubeconfig: { ...kubeconfigEntry, heeds: [...kubeconfigEntry.heeds, ...always] },
  doctor: { ...doctorEntry, heeds: [...doctorEntry.heeds, ...always] },
  uninstall: { ...uninstallEntry, heeds: [...uninstallEntry.heeds, ...always] },
  controller: { ...controllerEntry, heeds: [...controllerEntry.heeds, ...always] },
  cluster: clusterEntry,
  policy: policyEntry,
  completion: {
    usage: [`completion ${Object.keys(shells).join('|')}`],
    summary: 'print the script by which a shell completes k3v',
    about: [
      'Prints the script by which a shell completes commands, flags, and the values of flags that take only certain words.',
    ],
    subcommands: Object.fromEntries(Object.entries(shells).map(([name, does]) => [name, { does, words: 0 }])),
    heeds: [],
    examples: [['k3v completion bash > /etc/bash_completion.d/k3v', 'for everybody who uses bash']],
  },
  version: {
    usage: ['version'],
    summary: 'print the version',
    heeds: [],
    examples: [['k3v version', 'the same as k3v --version']],
  },
  licenses: {
    usage: ['licenses'],
    summary: 'print the licences of k3v and of all that it carries',
    about: [
      'Prints the licence of k3v, and those of Node, of the npm packages and of the Go modules that are packed with it. They are in the file: nothing is asked for or written.',
    ],
    heeds: [],
    examples: [['k3v licenses | less', 'to read them']],
  },
  help: {
    usage: ['help [command]'],
    summary: 'print what a command does, and its flags',
    heeds: [],
    examples: [['k3v help snapshot', 'the same as k3v snapshot --help']],
  },
};
