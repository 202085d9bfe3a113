import { choices, optInWords, syncWords } from './choices.ts';

/** A value as yargs, the environment or YAML gives it. */
export type FlagValue = string | number | boolean | string[];

/** A flag of the command line. An `array` takes several values, with commas or by being repeated. */
export interface Flag {
  type: 'string' | 'number' | 'boolean' | 'array';
  describe: string;
  default?: FlagValue;
  /** All that it takes. */
  choices?: readonly string[];
  /** Some of what it takes, for completion. */
  suggests?: readonly string[];
}

/** A flag that is a setting, too: an environment variable and a key of the `--config` file. */
export interface Setting extends Flag {
  group: 'Host' | 'Virtual cluster' | 'Other';
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
    choices: choices.host,
  },
  'host-network': {
    type: 'string',
    group: 'Host',
    default: 'auto',
    describe: 'how pods are reached: direct, port-forward (through the host API server), or auto',
    choices: choices.hostNetwork,
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
    choices: choices.nodes,
  },
  id: {
    type: 'string',
    group: 'Virtual cluster',
    default: 'default',
    describe: 'tells virtual clusters in one host namespace apart',
  },
  'take-over-id': {
    type: 'boolean',
    group: 'Virtual cluster',
    describe: 'take the id from another virtual cluster, whose data is lost; what that one left on the host goes',
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
  'ca-dir': {
    type: 'string',
    group: 'Virtual cluster',
    describe:
      'folder with authorities of your own for its first start: server-ca, client-ca and request-header-ca, each as .crt and .key, and service.key; else what is missing is made',
  },
  replicas: {
    type: 'number',
    group: 'Virtual cluster',
    default: 1,
    describe:
      'how many k3v may run at the same time on the database of --datastore-endpoint, each with a data directory of its own',
  },
  'datastore-endpoint': {
    type: 'string',
    group: 'Virtual cluster',
    describe:
      'database elsewhere: postgres://user:password@host:port/database, mysql://user:password@tcp(host:port)/database, or the members of an etcd, https://host:port,…; else SQLite in the data directory',
  },
  'datastore-cafile': {
    type: 'string',
    group: 'Virtual cluster',
    describe: 'CA that signed the certificate of that database',
  },
  'datastore-certfile': {
    type: 'string',
    group: 'Virtual cluster',
    describe: 'certificate that k3v shows to that database',
  },
  'datastore-keyfile': { type: 'string', group: 'Virtual cluster', describe: 'key of that certificate' },
  'write-kubeconfig': {
    type: 'string',
    group: 'Virtual cluster',
    default: './kubeconfig.yaml',
    describe: "where to write the tenant's kubeconfig",
  },
  'write-kubeconfig-secret': {
    type: 'string',
    group: 'Virtual cluster',
    describe: "Secret of the host namespace to write the tenant's kubeconfig to, too; key kubeconfig.yaml",
  },
  'kubeconfig-secret-server': {
    type: 'string',
    group: 'Virtual cluster',
    describe: 'URL of the API server in that Secret; else that of --advertise-address and --listen-port',
  },
  distro: {
    type: 'string',
    group: 'Virtual cluster',
    default: 'auto',
    describe: 'control plane: auto, k3s or kubernetes',
    choices: choices.distro,
  },
  'k3s-binary': { type: 'string', group: 'Virtual cluster', describe: 'k3s binary to run' },
  'kubernetes-version': {
    type: 'string',
    group: 'Virtual cluster',
    describe: 'of the kubernetes distro: 1.36 or 1.34; else what the data directory was last run with, else 1.36',
    choices: choices.kubernetesVersion,
  },
  'tls-san': {
    type: 'array',
    group: 'Virtual cluster',
    describe: 'further name or address for the serving certificate (repeatable)',
  },
  'cluster-domain': { type: 'string', group: 'Virtual cluster', default: 'cluster.local', describe: 'DNS domain' },
  'secrets-encryption': {
    type: 'boolean',
    group: 'Virtual cluster',
    default: true,
    describe: 'keep Secrets encrypted in the database of the kubernetes distro',
  },
  'audit-log': {
    type: 'boolean',
    group: 'Virtual cluster',
    describe: 'log who asks the virtual API server for what, without bodies',
  },
  'audit-policy-file': {
    type: 'string',
    group: 'Virtual cluster',
    describe: 'audit policy of your own, which says what is logged',
  },
  'audit-log-path': {
    type: 'string',
    group: 'Virtual cluster',
    describe: 'the audit log; else audit/audit.log in the data directory',
  },
  // As the CIS benchmark for Kubernetes asks for; an API server of 1.36 keeps ten times as many for a year, one of 1.34 all of them.
  'audit-log-maxage': {
    type: 'number',
    group: 'Virtual cluster',
    default: 30,
    describe: 'days for which old audit logs are kept; 0: no limit',
  },
  'audit-log-maxbackup': {
    type: 'number',
    group: 'Virtual cluster',
    default: 10,
    describe: 'how many old audit logs are kept; 0: no limit',
  },
  'audit-log-maxsize': {
    type: 'number',
    group: 'Virtual cluster',
    default: 100,
    describe: 'megabytes at which a new audit log is begun; 0: never',
  },
  isolation: {
    type: 'string',
    group: 'Virtual cluster',
    default: 'baseline',
    describe:
      'what its pods may do on the host: baseline, nothing by which they get at nodes and others there; restricted, as the Pod Security Standard of that name; none, whatever the host takes',
    choices: choices.isolation,
  },
  quota: {
    type: 'array',
    group: 'Virtual cluster',
    describe:
      'how much it may have on the host, all namespaces together, by the names of a ResourceQuota: cpu=4,memory=8Gi,pods=50 (repeatable)',
  },
  'default-requests': {
    type: 'array',
    group: 'Virtual cluster',
    describe:
      'what a container requests that does not say so: cpu=100m,memory=128Mi; else that much of what the quota names (repeatable)',
  },
  'default-limits': {
    type: 'array',
    group: 'Virtual cluster',
    describe:
      'what a container is limited to that does not say so: cpu=1,memory=512Mi; else that much of what the quota names as limits.… (repeatable)',
  },
  'pod-node-selector': {
    type: 'array',
    group: 'Virtual cluster',
    describe: 'labels of the nodes that its pods run on, and that it sees: disk=ssd,zone=a (repeatable)',
  },
  'pod-toleration': {
    type: 'array',
    group: 'Virtual cluster',
    describe:
      'taint of nodes that all its pods tolerate: key=value:NoSchedule, or less of it for any effect and value, or * for all (repeatable)',
  },
  'pod-priority-class': {
    type: 'string',
    group: 'Virtual cluster',
    describe: "the host's PriorityClass of its pods, but for those whose own crosses to the host",
  },
  'pod-runtime-class': {
    type: 'string',
    group: 'Virtual cluster',
    describe: "the host's RuntimeClass that all its pods run with, for example of gVisor or Kata",
  },
  disable: {
    type: 'array',
    group: 'Virtual cluster',
    describe: 'leave out what the virtual cluster would have: coredns, metrics (repeatable)',
    choices: choices.disable,
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
    describe: `further kinds: ${optInWords.join(', ')}, crd=<plural>.<group>; configmaps=all, secrets=all: not only those that are used (repeatable)`,
    suggests: syncWords,
  },
  'sync-rules': {
    type: 'string',
    group: 'Virtual cluster',
    describe: 'YAML file: what custom resources name, and which way they go',
  },
  manifests: {
    type: 'array',
    group: 'Virtual cluster',
    describe:
      'YAML files, or folders of them, whose objects are applied in it, at the start and when they change (repeatable)',
  },
  config: { type: 'string', group: 'Other', describe: 'YAML file with any of these flags' },
  'log-format': {
    type: 'string',
    group: 'Other',
    default: 'auto',
    describe: 'text, json, or auto: text on a terminal, else JSON',
    choices: choices.logFormat,
  },
  'metrics-address': {
    type: 'string',
    group: 'Other',
    describe: 'address and port for /metrics, /healthz and /readyz, over plain HTTP, such as 127.0.0.1:9090; else none',
  },
  debug: { type: 'boolean', group: 'Other', describe: 'log every object that is synced' },
} satisfies Record<string, Setting>;

export type FlagName = keyof typeof table;

/** Every flag of the main command. Each is also `K3V_<NAME>` in the environment and a key in the `--config` file. */
export const flags: Record<FlagName, Setting> = table;

/** Returns the environment variable that sets the flag `name`. */
export function variableOf(name: FlagName): string {
  return `K3V_${name.replaceAll('-', '_').toUpperCase()}`;
}
