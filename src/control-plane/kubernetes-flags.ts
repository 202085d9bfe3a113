import { isIP } from 'node:net';
import { tlsFlags } from '../tls-policy.ts';
import type { ControlPlaneOptions } from './control-plane.ts';
import type { KubernetesPki } from './kubernetes-pki.ts';

/** Values of flags by their names. */
export type Flags = Readonly<Record<string, string | number | boolean>>;

/** Relative to the working directory of kine and the API server: a socket's path may have no more than 107 bytes. */
const storageSocket = 'unix://kine.sock';

/**
 * The parameters are kine's own defaults. `synchronous=NORMAL` with a write-ahead log: killing k3v, kine or both loses nothing;
 * a power cut can lose the last moments, never the integrity of the file. FULL would cost an fsync per write.
 */
const databaseParameters = [
  '_journal_mode=WAL',
  '_synchronous=NORMAL',
  '_busy_timeout=30000',
  '_txlock=immediate',
  '_stmt_cache_size=20',
  'cache=shared',
].join('&');

/**
 * Controllers that would fight the answers of the host: nodes and their taints come from it, it binds and attaches volumes and
 * makes load balancers. Names are those of kube-controller-manager since 1.28.
 */
const unwantedControllers = [
  'node-ipam-controller',
  'node-lifecycle-controller',
  'node-route-controller',
  'cloud-node-lifecycle-controller',
  'service-lb-controller',
  'device-taint-eviction-controller',
  'ttl-controller',
  'persistentvolume-binder-controller',
  'persistentvolume-attach-detach-controller',
  'persistentvolume-expander-controller',
];

/**
 * What makes API servers have ClusterTrustBundles that have them, but switched off (1.33 to 1.36): pods of the virtual cluster can mount them on any
 * host. The controller manager then publishes the API server's own.
 */
export const trustBundleFlags = {
  apiServer: {
    'feature-gates': 'ClusterTrustBundle=true,ClusterTrustBundleProjection=true',
    'runtime-config': 'certificates.k8s.io/v1beta1/clustertrustbundles=true',
  },
  controllerManager: { 'feature-gates': 'ClusterTrustBundle=true' },
} as const satisfies Record<string, Flags>;

/** Makes controller managers of several control planes take turns, as fast as the replicas of k3v do. */
export const leaderElectionFlags: Flags = {
  'leader-elect': true,
  'leader-elect-lease-duration': '10s',
  'leader-elect-renew-deadline': '8s',
  'leader-elect-retry-period': '1s',
};

/**
 * A ResourceQuota that comes in the same instant as a pod may miss it: the admission does not know the quota yet, and the controller not the pod. Nothing tells it
 * then before the next full count, after 5 minutes by default; what one namespace uses is what k3v leaves to the others.
 */
export const quotaFlags: Flags = { 'resource-quota-sync-period': '30s' };

/** The API server collects garbage twice as often as Go would by itself: a sixth less memory, for a fifteenth more of its processor time under load. */
export const apiServerEnvDefaults = { GOGC: '50' } as const;

/**
 * On any database. kine tells each watch of the API server (one for each resource) how far it has got, every 5 s by default: a seventh of what a control plane with nothing to do took of a processor, with kine 0.16.4.
 * Nobody waits for that: an API server that needs to know asks (RequestWatchProgress).
 */
const kineFlags: Flags = { 'metrics-bind-address': 0, 'watch-progress-notify-interval': '30s' };

export function kineArgs(databaseFile: string): string[] {
  return toArgs({
    'listen-address': storageSocket,
    endpoint: `sqlite://${databaseFile}?${databaseParameters}`,
    ...kineFlags,
  });
}

/** Returns the flags of kine on a database elsewhere, whose endpoint it finds in its environment: there is a password in it. */
export function kineSqlArgs(): string[] {
  return toArgs({
    'listen-address': storageSocket,
    // A PostgreSQL takes 100 from all of its clients by default; without a limit a burst of requests would use them up.
    'datastore-max-open-connections': 30,
    ...kineFlags,
  });
}

/** Returns the flags of kube-apiserver; those in `more` win. The endpoints of `default/kubernetes` are not its business: k3v knows the address. */
export function apiServerArgs(
  options: Pick<ControlPlaneOptions, 'listenPort' | 'advertiseAddress' | 'serviceCidr' | 'clusterDomain'>,
  pki: KubernetesPki,
  more: Flags = {},
): string[] {
  const { advertiseAddress } = options;
  return toArgs({
    'bind-address': '0.0.0.0',
    'secure-port': options.listenPort,
    // Must be an address; it is used for little else than the links in /api and in the OpenID configuration.
    ...(isIP(advertiseAddress) === 0
      ? { 'advertise-address': '127.0.0.1', 'external-hostname': advertiseAddress }
      : { 'advertise-address': advertiseAddress }),
    'etcd-servers': storageSocket,
    'endpoint-reconciler-type': 'none',
    'service-cluster-ip-range': options.serviceCidr,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    // With it every new node is tainted not-ready until node-lifecycle-controller, which is off, takes the taint away.
    'disable-admission-plugins': 'TaintNodesByCondition',
    'allow-privileged': true,
    profiling: false,
    'client-ca-file': pki.clientCa.certFile,
    ...tlsFlags,
    'tls-cert-file': pki.apiServer.certFile,
    'tls-private-key-file': pki.apiServer.keyFile,
    'kubelet-client-certificate': pki.kubeletClient.certFile,
    'kubelet-client-key': pki.kubeletClient.keyFile,
    'kubelet-preferred-address-types': 'InternalIP,ExternalIP,Hostname',
    'proxy-client-cert-file': pki.frontProxyClient.certFile,
    'proxy-client-key-file': pki.frontProxyClient.keyFile,
    'requestheader-client-ca-file': pki.frontProxyCa.certFile,
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-username-headers': 'X-Remote-User',
    'service-account-issuer': `https://kubernetes.default.svc.${options.clusterDomain}`,
    'service-account-key-file': pki.serviceAccount.publicFile,
    'service-account-signing-key-file': pki.serviceAccount.keyFile,
    ...more,
  });
}

/** Returns the flags of kube-controller-manager; those in `more` win. */
export function controllerManagerArgs(kubeconfigFile: string, pki: KubernetesPki, more: Flags = {}): string[] {
  return toArgs({
    kubeconfig: kubeconfigFile,
    controllers: ['*', ...unwantedControllers.map((name) => `-${name}`)].join(','),
    'leader-elect': false,
    // Nothing asks it; the port would have to be free.
    'secure-port': 0,
    profiling: false,
    'use-service-account-credentials': true,
    'service-account-private-key-file': pki.serviceAccount.keyFile,
    'root-ca-file': pki.ca.certFile,
    ...signingFlags(pki),
    // It talks to one API server over the loopback; the defaults of 20 and 30 make a roll-out of hundreds of pods crawl.
    'kube-api-qps': 500,
    'kube-api-burst': 1000,
    'concurrent-deployment-syncs': 10,
    'concurrent-replicaset-syncs': 10,
    'concurrent-job-syncs': 10,
    ...quotaFlags,
    ...more,
  });
}

/**
 * Where servers have an authority of their own, it signs nothing here: no kubelet of a virtual cluster asks to be one, and the controller manager takes no certificate
 * that others follow.
 */
function signingFlags({ ca, clientCa }: KubernetesPki): Flags {
  if (clientCa === ca) return { 'cluster-signing-cert-file': ca.certFile, 'cluster-signing-key-file': ca.keyFile };
  return Object.fromEntries(
    ['kube-apiserver-client', 'kubelet-client'].flatMap((signer) => [
      [`cluster-signing-${signer}-cert-file`, clientCa.certFile],
      [`cluster-signing-${signer}-key-file`, clientCa.keyFile],
    ]),
  );
}

/** Returns `--name=value` for each. */
export function toArgs(flags: Flags): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}
