import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { images } from './images.ts';
import { type HostNetwork, nodeAddress, nodeName } from './networks.ts';
import type { HostPrograms } from './programs.ts';

/** What a node is made from. */
export interface NodeSettings {
  /** From 1. */
  index: number;
  /** Folder of this node's files. */
  folder: string;
  /** Folder with the keys, see `writeKeys`. */
  keys: string;
  network: HostNetwork;
  programs: HostPrograms;
  /** Program that enforces NetworkPolicies; undefined: none does. */
  enforcer: string | undefined;
  /** Size at which a container's log is begun anew. */
  logMegabytes: number;
}

/** Writes the configuration of containerd, CNI, kubelet and kube-proxy, and a program file for each process, which `node.sh` runs. */
export async function writeNodeFiles(node: NodeSettings): Promise<void> {
  const { folder, index } = node;
  const file = (name: string) => join(folder, name);
  await Promise.all(
    ['programs', 'log', 'cni', 'containerd', 'kubelet', 'local-path', 'cgroup'].map((name) =>
      mkdir(file(name), { recursive: true }),
    ),
  );
  await writeFile(file('containerd.toml'), containerdConfig(node));
  await writeFile(file('cni/10-pods.conflist'), JSON.stringify(cniConfig(node)));
  await writeFile(file('kubelet.yaml'), stringify(kubeletConfig(node)));
  await writeFile(file('kube-proxy.yaml'), stringify(proxyConfig(node)));
  // For want of an outside, the resolver of the machine's network is the cluster's own DNS.
  await writeFile(file('resolv.conf'), `nameserver ${node.network.services}.0.10\n`);
  const commands = { ...nodeCommands(node), ...(index === 1 ? controlPlaneCommands(node) : {}) };
  for (const [name, command] of Object.entries(commands)) {
    const script = `#!/bin/sh\nexec ${command.map(quote).join(' ')}\n`;
    await writeFile(file(`programs/${name}`), script, { mode: 0o755 });
  }
}

function nodeCommands({ index, folder, keys, network, programs, enforcer }: NodeSettings): Record<string, string[]> {
  return {
    // It finds its shim on the search path.
    containerd: [
      'env',
      `PATH=${join(programs['containerd-shim-runc-v2'], '..')}:/usr/sbin:/usr/bin:/sbin:/bin`,
      programs.containerd,
      '-c',
      join(folder, 'containerd.toml'),
    ],
    kubelet: [
      programs.kubelet,
      ...flags({
        config: join(folder, 'kubelet.yaml'),
        kubeconfig: join(keys, `${nodeName(index)}.kubeconfig`),
        'hostname-override': nodeName(index),
        'node-ip': nodeAddress(network, index),
        'cert-dir': '/run/kubelet-pki',
      }),
    ],
    'kube-proxy': [programs['kube-proxy'], ...flags({ config: join(folder, 'kube-proxy.yaml') })],
    ...(enforcer
      ? {
          'network-policies': [
            enforcer,
            ...flags({ kubeconfig: join(keys, 'admin.kubeconfig'), node: nodeName(index) }),
          ],
        }
      : {}),
  };
}

function controlPlaneCommands({ folder, keys, network, programs }: NodeSettings): Record<string, string[]> {
  const key = (name: string) => join(keys, name);
  const socket = 'unix:///run/kine.sock';
  const database = `sqlite://${join(folder, 'kine.db')}?_journal=WAL&cache=shared&_busy_timeout=30000&_synchronous=OFF`;
  const asUser = (name: string) => ({
    kubeconfig: key(`${name}.kubeconfig`),
    'authentication-kubeconfig': key(`${name}.kubeconfig`),
    'authorization-kubeconfig': key(`${name}.kubeconfig`),
    'leader-elect': false,
    'bind-address': '127.0.0.1',
    'cert-dir': `/run/${name}`,
  });
  return {
    kine: [programs.kine, ...flags({ 'listen-address': socket, endpoint: database, 'metrics-bind-address': 0 })],
    'kube-apiserver': [
      programs['kube-apiserver'],
      ...flags({
        'etcd-servers': socket,
        'secure-port': 6443,
        'bind-address': '0.0.0.0',
        'advertise-address': nodeAddress(network, 1),
        'client-ca-file': key('ca.crt'),
        'tls-cert-file': key('apiserver.crt'),
        'tls-private-key-file': key('apiserver.key'),
        'service-account-key-file': key('service-account.pub'),
        'service-account-signing-key-file': key('service-account.key'),
        'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
        'service-cluster-ip-range': `${network.services}.0.0/16`,
        'authorization-mode': 'Node,RBAC',
        'enable-admission-plugins': 'NodeRestriction',
        'allow-privileged': true,
        'kubelet-client-certificate': key('kubelet-client.crt'),
        'kubelet-client-key': key('kubelet-client.key'),
        'kubelet-certificate-authority': key('ca.crt'),
        // The names of the nodes are in no DNS.
        'kubelet-preferred-address-types': 'InternalIP',
        'requestheader-client-ca-file': key('front-proxy-ca.crt'),
        'requestheader-allowed-names': 'front-proxy-client',
        'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
        'requestheader-group-headers': 'X-Remote-Group',
        'requestheader-username-headers': 'X-Remote-User',
        'proxy-client-cert-file': key('front-proxy-client.crt'),
        'proxy-client-key-file': key('front-proxy-client.key'),
      }),
    ],
    'kube-controller-manager': [
      programs['kube-controller-manager'],
      ...flags({
        ...asUser('controller-manager'),
        'service-account-private-key-file': key('service-account.key'),
        'root-ca-file': key('ca.crt'),
        'cluster-signing-cert-file': key('ca.crt'),
        'cluster-signing-key-file': key('ca.key'),
        'use-service-account-credentials': true,
        'kube-api-qps': 500,
        'kube-api-burst': 1000,
      }),
    ],
    'kube-scheduler': [programs['kube-scheduler'], ...flags(asUser('scheduler'))],
  };
}

function containerdConfig({ folder, programs }: NodeSettings): string {
  return `version = 3
disabled_plugins = ['io.containerd.nri.v1.nri']
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${images.pause}'
[plugins.'io.containerd.cri.v1.runtime']
  # Without CAP_SYS_RESOURCE the sandbox's own score of -998 is refused and no pod starts.
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ['${programs.cniFolder}']
    conf_dir = '${join(folder, 'cni')}'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = 'io.containerd.runc.v2'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = '${programs.runc}'
      SystemdCgroup = false
`;
}

/** Nothing is masqueraded: every address a pod can reach has a route back, so that servers see the pod's own address. */
function cniConfig({ index, network }: NodeSettings): object {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: `${network.pods}.${index}.0/24` }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: '/run/cni-ipam',
  };
  const plugins = [
    { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: false, hairpinMode: true, ipam },
    { type: 'portmap', capabilities: { portMappings: true } },
  ];
  return { cniVersion: '1.0.0', name: 'pods', plugins };
}

function kubeletConfig({ index, folder, keys, network, logMegabytes }: NodeSettings): object {
  const serverKey = join(keys, `${nodeName(index)}-server`);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    // Kubelet 1.36 refuses cgroup v1 unless told so.
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    enforceNodeAllocatable: ['pods'],
    failSwapOn: false,
    oomScoreAdj: 0,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(keys, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${serverKey}.crt`,
    tlsPrivateKeyFile: `${serverKey}.key`,
    clusterDNS: [`${network.services}.0.10`],
    clusterDomain: 'cluster.local',
    resolvConf: join(folder, 'resolv.conf'),
    maxPods: 250,
    containerLogMaxSize: `${logMegabytes}Mi`,
    serializeImagePulls: false,
    // A full disk of the developer must not evict test pods, nor collect images that nothing can pull again.
    evictionHard: { 'memory.available': '1Mi', 'nodefs.available': '1Mi', 'imagefs.available': '1Mi' },
    imageGCHighThresholdPercent: 100,
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
    crashLoopBackOff: { maxContainerRestartPeriod: '5s' },
    featureGates: { KubeletCrashLoopBackOffMax: true },
    nodeStatusUpdateFrequency: '4s',
  };
}

function proxyConfig({ index, keys, network }: NodeSettings): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig: join(keys, 'proxy.kubeconfig') },
    hostnameOverride: nodeName(index),
    clusterCIDR: `${network.pods}.0.0/16`,
    // nf_conntrack_max belongs to the machine: a box cannot set it.
    conntrack: { maxPerCore: 0, min: 0 },
  };
}

function flags(values: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
