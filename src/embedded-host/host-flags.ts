import type { StoredKeyPair } from '../control-plane/certificate-files.ts';
import { apiServerArgs, controllerManagerArgs, type Flags, toArgs } from '../control-plane/kubernetes-flags.ts';
import type { KubernetesPki } from '../control-plane/kubernetes-pki.ts';

/** The Service ranges of the embedded host: its Services may have an address of each family. */
export const hostServiceCidr = '10.96.0.0/16,fd00:10:96::/112';

/**
 * How many requests a second the host's controllers and scheduler may send, and how many objects they work on at a time: so many that they do not wait, or what
 * Kubernetes gives where nobody says anything, as on most clusters. Defaults of the release 1.36: `kube-controller-manager --help`, `KubeSchedulerConfiguration`.
 */
export type HostPace = 'unhindered' | 'kubernetes-defaults';

const paces: Record<HostPace, { controllerManager: Flags; scheduler: Flags }> = {
  unhindered: { controllerManager: {}, scheduler: { 'kube-api-qps': 500, 'kube-api-burst': 1000 } },
  'kubernetes-defaults': {
    controllerManager: {
      'kube-api-qps': 20,
      'kube-api-burst': 30,
      'concurrent-deployment-syncs': 5,
      'concurrent-replicaset-syncs': 5,
      'concurrent-job-syncs': 5,
    },
    scheduler: { 'kube-api-qps': 50, 'kube-api-burst': 100 },
  },
};

/** Returns the flags of the host's kube-apiserver: those of a virtual cluster, but heard on this machine only. */
export function hostApiServerArgs(port: number, pki: KubernetesPki): string[] {
  const options = {
    listenPort: port,
    advertiseAddress: '127.0.0.1',
    serviceCidr: hostServiceCidr,
    clusterDomain: 'cluster.local',
  };
  // That is where KWOK answers for every node.
  return apiServerArgs(options, pki, {
    'bind-address': '127.0.0.1',
    'kubelet-preferred-address-types': 'ExternalIP,InternalIP',
  });
}

/** Returns the flags of the host's kube-controller-manager: all controllers run, as in any real cluster. */
export function hostControllerManagerArgs(kubeconfigFile: string, pki: KubernetesPki, pace: HostPace): string[] {
  return [
    ...controllerManagerArgs(kubeconfigFile, pki, paces[pace].controllerManager).filter(
      (flag) => !flag.startsWith('--controllers='),
    ),
    `--service-cluster-ip-range=${hostServiceCidr}`,
  ];
}

export function hostSchedulerArgs(kubeconfigFile: string, pace: HostPace): string[] {
  return toArgs({
    kubeconfig: kubeconfigFile,
    'leader-elect': false,
    'secure-port': 0,
    profiling: false,
    ...paces[pace].scheduler,
  });
}

/** Returns the flags of KWOK; the API server asks it for logs at `port`. */
export function kwokArgs(options: {
  kubeconfigFile: string;
  configFiles: readonly string[];
  port: number;
  podRange: string;
  serving: StoredKeyPair;
}): string[] {
  return [
    `--kubeconfig=${options.kubeconfigFile}`,
    ...options.configFiles.map((file) => `--config=${file}`),
    '--manage-all-nodes=true',
    `--cidr=${options.podRange}`,
    '--node-ip=127.0.0.1',
    `--node-port=${options.port}`,
    `--server-address=127.0.0.1:${options.port}`,
    `--tls-cert-file=${options.serving.certFile}`,
    `--tls-private-key-file=${options.serving.keyFile}`,
    '--node-lease-duration-seconds=40',
  ];
}
