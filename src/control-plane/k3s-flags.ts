import { type Datastore, etcdServers } from '../datastore/datastore.ts';
import { tlsFlags } from '../tls-policy.ts';
import { quotaFlags } from './kubernetes-flags.ts';
import type { K3sVersion } from './k3s-version.ts';

/** What k3s is asked to do; all paths are absolute. */
export interface K3sSettings {
  listenPort: number;
  dataDir: string;
  kubeconfigPath: string;
  /** An empty file: without one k3s reads `/etc/rancher/k3s/config.yaml`, which is another cluster's. */
  configPath: string;
  advertiseAddress: string;
  tlsSans: readonly string[];
  /** CIDRs, comma-separated when dual-stack. */
  serviceCidr: string;
  clusterDomain: string;
  /** Further flags of the API server inside. */
  apiServerFlags: Readonly<Record<string, string | number | boolean>>;
}

/** Components that k3s would deploy as pods or objects. Names an older k3s does not know are ignored by it. */
const unwantedComponents = ['coredns', 'local-storage', 'metrics-server', 'runtimes', 'servicelb', 'traefik'];

/**
 * The controllers that the kubernetes distro leaves out too, by the names that every version takes, or else with the k3s
 * minor version that surely knows the name: an unknown one ends kube-controller-manager.
 */
const unwantedControllers: readonly { name: string; since?: number }[] = [
  { name: 'nodeipam' },
  { name: 'nodelifecycle' },
  { name: 'route' },
  { name: 'cloud-node-lifecycle' },
  { name: 'service' },
  { name: 'ttl' },
  { name: 'persistentvolume-binder' },
  { name: 'persistentvolume-expander' },
  { name: 'attachdetach' },
  { name: 'device-taint-eviction-controller', since: 34 },
];

/**
 * Returns the arguments that make this version of k3s a bare control plane. Beside `listenPort` k3s takes `listenPort + 1`
 * on 127.0.0.1 for its inner API server.
 *
 * `--rootless` does nothing here but choose where k3s writes: as root without it k3s puts `/etc/rancher/node/password` down
 * and replaces `/etc/rancher/k3s/k3s.yaml`, the kubeconfig of a k3s cluster on this machine, by a link to ours.
 */
export function k3sServerArgs(version: K3sVersion, settings: K3sSettings): string[] {
  const controllers = unwantedControllers
    .filter(({ since = 0 }) => version.minor >= since)
    .map(({ name }) => `-${name}`);
  return [
    'server',
    `--config=${settings.configPath}`,
    '--disable-agent',
    '--rootless',
    `--data-dir=${settings.dataDir}`,
    `--write-kubeconfig=${settings.kubeconfigPath}`,
    '--write-kubeconfig-mode=600',
    `--https-listen-port=${settings.listenPort}`,
    `--advertise-address=${settings.advertiseAddress}`,
    ...settings.tlsSans.map((san) => `--tls-san=${san}`),
    `--service-cidr=${settings.serviceCidr}`,
    `--cluster-cidr=${podCidrBeside(settings.serviceCidr)}`,
    `--cluster-domain=${settings.clusterDomain}`,
    '--flannel-backend=none',
    // Its own tunnel to agents, of which there are none.
    '--egress-selector-mode=disabled',
    `--disable=${unwantedComponents.join(',')}`,
    '--disable-scheduler',
    '--disable-cloud-controller',
    '--disable-network-policy',
    '--disable-helm-controller',
    '--disable-kube-proxy',
    '--kube-apiserver-arg=endpoint-reconciler-type=none',
    '--kube-apiserver-arg=disable-admission-plugins=TaintNodesByCondition',
    // They hold for the port that k3s itself shows, too.
    ...Object.entries({ ...tlsFlags, ...settings.apiServerFlags }).map(
      ([name, value]) => `--kube-apiserver-arg=${name}=${value}`,
    ),
    `--kube-controller-manager-arg=controllers=${['*', ...controllers].join(',')}`,
    ...Object.entries(quotaFlags).map(([name, value]) => `--kube-controller-manager-arg=${name}=${value}`),
    // By default 10257, where the control plane of a second k3v, k3s or kubeadm on this machine listens.
    '--kube-controller-manager-arg=secure-port=0',
  ];
}

/**
 * The environment that keeps k3s to its arguments: an empty value counts as unset there. `K3S_URL` and `K3S_TOKEN` in a
 * user's shell would else make it join that cluster; `K3S_CONFIG_FILE` and `K3S_DATA_DIR` win over the flags.
 */
export function k3sEnvironment(homeDir: string, datastore: Datastore): Record<string, string> {
  const tls = datastore.kind === 'sqlite' ? undefined : datastore.tls;
  return {
    HOME: homeDir,
    K3S_CONFIG_FILE: '',
    K3S_DATA_DIR: '',
    K3S_URL: '',
    K3S_TOKEN: '',
    K3S_TOKEN_FILE: '',
    K3S_AGENT_TOKEN: '',
    K3S_AGENT_TOKEN_FILE: '',
    K3S_CLUSTER_INIT: '',
    // Not among the arguments: there may be a password in it.
    K3S_DATASTORE_ENDPOINT: k3sEndpoint(datastore),
    K3S_DATASTORE_CAFILE: tls?.caFile ?? '',
    K3S_DATASTORE_CERTFILE: tls?.certFile ?? '',
    K3S_DATASTORE_KEYFILE: tls?.keyFile ?? '',
    K3S_KUBECONFIG_GROUP: '',
  };
}

/** Without one k3s makes a SQLite file in its folder. */
function k3sEndpoint(datastore: Datastore): string {
  switch (datastore.kind) {
    case 'sqlite':
      return '';
    case 'sql':
      return datastore.secretEndpoint;
    case 'etcd':
      return etcdServers(datastore).join(',');
  }
}

/** No pod ever gets an address from it, but k3s wants pod ranges of the same IP families as the Service ranges. */
function podCidrBeside(serviceCidr: string): string {
  return serviceCidr
    .split(',')
    .map((cidr) => (cidr.includes(':') ? 'fd00:42::/56' : '10.42.0.0/16'))
    .join(',');
}
