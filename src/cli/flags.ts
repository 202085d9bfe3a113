/** A value as yargs, the environment or YAML gives it. */
export type FlagValue = string | number | boolean | string[];

interface Flag {
  type: 'string' | 'number' | 'boolean' | 'array';
  group: 'Host' | 'Virtual cluster' | 'Other';
  describe: string;
  default?: FlagValue;
  /** Names the original k3v read, beside `K3V_…`. */
  oldEnv?: string[];
}

const table = {
  kubeconfig: {
    type: 'string',
    group: 'Host',
    describe: 'kubeconfig of the host; else $KUBECONFIG, ~/.kube/config, in-cluster',
    oldEnv: ['KUBECONFIG'],
  },
  context: { type: 'string', group: 'Host', describe: 'context in that kubeconfig; else its current one' },
  namespace: {
    type: 'string',
    group: 'Host',
    describe: "host namespace to work in; else the context's, else default",
    oldEnv: ['NAMESPACE'],
  },
  host: {
    type: 'string',
    group: 'Host',
    default: 'auto',
    describe: 'embedded: start a throw-away host with simulated nodes',
  },
  'host-network': {
    type: 'string',
    group: 'Host',
    default: 'auto',
    describe: 'how pods are reached: direct, port-forward (through the host API server), or auto',
  },
  'service-cidr': {
    type: 'string',
    group: 'Host',
    describe: "the host's Service range, of a dual-stack host both with a comma; else found out",
  },
  'advertise-address': {
    type: 'string',
    group: 'Host',
    describe: 'address under which pods of the host reach this API server',
  },
  nodes: {
    type: 'string',
    group: 'Virtual cluster',
    default: 'auto',
    describe:
      'which nodes of the host are shown: all; used, those that run its pods; from-pods, made from what its pods report; auto: all if k3v may read nodes, else from-pods',
  },
  id: {
    type: 'string',
    group: 'Virtual cluster',
    default: 'default',
    describe: 'tells virtual clusters in one host namespace apart',
  },
  'listen-port': {
    type: 'number',
    group: 'Virtual cluster',
    default: 7443,
    describe: 'port of the virtual API server',
  },
  'data-dir': {
    type: 'string',
    group: 'Virtual cluster',
    default: './k3v-data',
    describe: 'database, keys, logs and state',
  },
  'write-kubeconfig': {
    type: 'string',
    group: 'Virtual cluster',
    default: './kubeconfig.yaml',
    describe: "where to write the tenant's kubeconfig",
  },
  distro: {
    type: 'string',
    group: 'Virtual cluster',
    default: 'auto',
    describe: 'control plane: auto, k3s or kubernetes',
  },
  'k3s-binary': { type: 'string', group: 'Virtual cluster', describe: 'k3s binary to run' },
  'kubernetes-version': {
    type: 'string',
    group: 'Virtual cluster',
    describe: 'of the kubernetes distro: 1.36 or 1.34; else what the data directory was last run with, else 1.36',
  },
  'tls-san': {
    type: 'array',
    group: 'Virtual cluster',
    describe: 'further name or address for the serving certificate (repeatable)',
  },
  'cluster-domain': { type: 'string', group: 'Virtual cluster', default: 'cluster.local', describe: 'DNS domain' },
  disable: {
    type: 'array',
    group: 'Virtual cluster',
    describe: 'leave out what the virtual cluster would have: coredns, metrics (repeatable)',
  },
  'coredns-image': {
    type: 'string',
    group: 'Virtual cluster',
    // As in kubeadm of Kubernetes 1.36.
    default: 'registry.k8s.io/coredns/coredns:v1.14.2',
    describe: 'image of the cluster DNS',
  },
  'coredns-replicas': { type: 'number', group: 'Virtual cluster', default: 1, describe: 'pods of the cluster DNS' },
  sync: {
    type: 'array',
    group: 'Virtual cluster',
    describe:
      'further kinds: ingresses, networkpolicies, poddisruptionbudgets, priorityclasses, serviceaccounts, volumesnapshots, crd=<plural>.<group>; configmaps=all, secrets=all: not only those that are used (repeatable)',
  },
  'sync-rules': {
    type: 'string',
    group: 'Virtual cluster',
    describe: 'YAML file: what custom resources name, and which way they go',
  },
  config: { type: 'string', group: 'Other', describe: 'YAML file with any of these flags' },
  'log-format': {
    type: 'string',
    group: 'Other',
    default: 'auto',
    describe: 'text, json, or auto: text on a terminal, else JSON',
  },
  debug: { type: 'boolean', group: 'Other', describe: 'log every object that is synced' },
} satisfies Record<string, Flag>;

export type FlagName = keyof typeof table;

/** Every flag of the main command. Each is also `K3V_<NAME>` in the environment and a key in the `--config` file. */
export const flags: Record<FlagName, Flag> = table;
