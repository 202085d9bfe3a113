import { version } from '../version.ts';
import { syncWords, withWords } from './choices.ts';
import type { Flag } from './flags.ts';

/** A flag of some commands. */
export interface OwnFlag extends Flag {
  /** One letter that stands for it. */
  short?: string;
  /** Other names that it may be given by: those of K3K. */
  also?: readonly string[];
  /** Its values may begin with dashes. */
  takesDashes?: boolean;
}

const table = {
  output: { type: 'string', short: 'o', describe: 'text or json', default: 'text', choices: ['text', 'json'] },
  watch: { type: 'boolean', short: 'w', describe: 'show it again with each change, until interrupted' },
  'any-id': { type: 'boolean', describe: 'of restore: take a snapshot of another id' },
  with: {
    type: 'array',
    describe: `what k3v does only where it may: ${withWords.join(', ')}, and what --sync takes (repeatable)`,
    suggests: [...withWords, ...syncWords],
  },
  user: {
    type: 'string',
    describe:
      'a client certificate for a user of this name; what the user may do is up to RoleBindings in the virtual cluster',
  },
  group: { type: 'array', describe: 'a group of that user (repeatable)' },
  token: {
    type: 'string',
    describe:
      'a token of a service account, <namespace>/<name>, which has to be there; it ends earlier if the account is deleted',
  },
  expires: {
    type: 'string',
    describe: 'how long it is good for, 10m to 365d. A certificate cannot be called back: prefer a short time',
    default: '24h',
  },
  server: {
    type: 'string',
    describe:
      "URL under which the reader reaches the API server; else the one in k3v's own kubeconfig. Its name has to be in the certificate, see --tls-san",
  },
  to: { type: 'string', describe: 'write it to this file, readable by its owner only, instead of standard output' },
  'probe-pod': {
    type: 'boolean',
    describe: 'make a pod on the host, for a minute at most, to see whether it reaches this machine',
  },
  'probe-image': {
    type: 'string',
    describe: 'the image of that pod, with agnhost in it; implies --probe-pod',
    default: 'registry.k8s.io/e2e-test-images/agnhost:2.55',
  },
  port: { type: 'string', describe: 'port of 127.0.0.1 to serve on; else one that is free' },
  yes: { type: 'boolean', describe: 'do not ask; needed where there is no terminal' },
  'dry-run': { type: 'boolean', describe: 'show what would be deleted, and write nothing' },
  'delete-data': {
    type: 'boolean',
    describe: 'remove the data directory, too, with the keys, the database and the snapshots in it',
  },
  timeout: {
    type: 'string',
    describe: 'how long the host may take; what is left then is listed',
    default: '5m',
  },
  image: {
    type: 'string',
    describe: 'image of k3v that the servers of Clusters in mode shared run',
    default: `k3v:${version}`,
  },
  'k3s-image': {
    type: 'string',
    describe: 'image of k3s, without a tag, for mode virtual',
    default: 'docker.io/rancher/k3s',
  },
  'etcd-image': {
    type: 'string',
    describe: 'image of the database of Clusters with three servers',
    default: 'registry.k8s.io/etcd:3.6.8-0',
  },
  'image-pull-policy': {
    type: 'string',
    describe: 'when nodes pull these images; else as Kubernetes does it',
    choices: ['Always', 'IfNotPresent', 'Never'],
  },
  'image-pull-secret': {
    type: 'array',
    describe: 'Secret, in the namespace of each Cluster, to pull these images with (repeatable)',
  },
  'pod-cidr': {
    type: 'array',
    describe: 'range of pod addresses of the host, for NetworkPolicies; else what its nodes say (repeatable)',
  },
  'watch-namespace': { type: 'string', describe: 'the only namespace whose Clusters count; else all' },
  'leader-elect': {
    type: 'boolean',
    describe: 'work only while holding the Lease k3k-controller of --namespace',
    default: true,
  },
  workers: { type: 'string', describe: 'how many Clusters are worked on at the same time', default: '10' },
} satisfies Record<string, OwnFlag>;

export type OwnFlagName = keyof typeof table;

/** Flags that only some commands have. They are no settings: neither the environment nor a `--config` file sets them. */
export const ownFlags: Record<OwnFlagName, OwnFlag> = table;
