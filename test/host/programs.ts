import { basename, join } from 'node:path';
import { buildGoPrograms, type GoBuildOptions } from '../../src/control-plane/go-build.ts';
import { buildKine, buildKubernetesPrograms } from '../../src/control-plane/kubernetes-programs.ts';

/** Where the programs of the real host lie. */
export type HostPrograms = Readonly<Record<ProgramName, string>> & {
  /** Folder of the CNI plugins. */
  cniFolder: string;
};

type ProgramName = (typeof kubernetesNames)[number] | (typeof moduleNames)[number] | 'kine';

const kubernetesNames = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
  'agnhost',
] as const;
const moduleNames = [
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'runc',
  'coredns',
  'local-path-provisioner',
  'metrics-server',
  'operator',
  'pause',
] as const;

interface Module extends Pick<GoBuildOptions, 'ldflags' | 'tags' | 'cgo'> {
  packages: string[];
}

const containerd = 'github.com/containerd/containerd/v2';
const plugins = 'github.com/containernetworking/plugins/plugins';

/** Folders of `modules/`, each with the versions of one project pinned. */
const modules = {
  containerd: {
    packages: ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => `${containerd}/cmd/${name}`),
    ldflags: `-s -w -X ${containerd}/version.Version=v2.4.2`,
    tags: ['no_btrfs', 'no_zfs', 'no_devmapper', 'no_tracing'],
    cgo: false,
  },
  runc: {
    packages: ['github.com/opencontainers/runc'],
    ldflags: '-s -w -linkmode external -extldflags "-static" -X main.version=1.5.2',
    // Without seccomp it refuses every pod that has the runtime's default profile.
    tags: ['seccomp', 'netgo', 'osusergo', 'runc_nocriu'],
    cgo: true,
  },
  cni: {
    packages: ['main/bridge', 'main/loopback', 'ipam/host-local', 'meta/portmap'].map((name) => `${plugins}/${name}`),
    ldflags: '-s -w',
    cgo: false,
  },
  coredns: { packages: ['k3v.io/test/host/coredns'], ldflags: '-s -w', cgo: false },
  'local-path-provisioner': {
    packages: ['github.com/rancher/local-path-provisioner'],
    ldflags: '-s -w -X main.VERSION=v0.0.30',
    cgo: false,
  },
  kind: { packages: ['sigs.k8s.io/kind'], ldflags: '-s -w', cgo: false },
  'metrics-server': {
    packages: ['sigs.k8s.io/metrics-server/cmd/metrics-server'],
    ldflags: '-s -w',
    cgo: false,
  },
  'network-policies': { packages: ['k3v.io/test/host/network-policies'], ldflags: '-s -w', cgo: false },
  operator: { packages: ['k3v.io/test/host/operator'], ldflags: '-s -w', cgo: false },
  pause: { packages: ['k3v.io/test/host/pause'], ldflags: '-s -w', cgo: false },
} satisfies Record<string, Module>;

/** Builds what is missing in the cache; rejects like `buildGoPrograms`. */
export async function buildHostPrograms(
  environment: Pick<GoBuildOptions, 'cacheDir' | 'log' | 'progress'>,
  signal: AbortSignal,
): Promise<HostPrograms> {
  const kubernetes = await buildKubernetesPrograms(kubernetesNames, environment, signal);
  const kine = await buildKine(environment, signal);
  const build = async (name: keyof typeof modules) => await buildHostModule(name, environment, signal);
  const inContainerd = await build('containerd');
  const runc = (await build('runc'))('runc');
  const cniFolder = (await build('cni'))('');
  return {
    'kube-apiserver': join(kubernetes, 'kube-apiserver'),
    'kube-controller-manager': join(kubernetes, 'kube-controller-manager'),
    'kube-scheduler': join(kubernetes, 'kube-scheduler'),
    kubelet: join(kubernetes, 'kubelet'),
    'kube-proxy': join(kubernetes, 'kube-proxy'),
    kubectl: join(kubernetes, 'kubectl'),
    agnhost: join(kubernetes, 'agnhost'),
    kine: join(kine, 'kine'),
    containerd: inContainerd('containerd'),
    'containerd-shim-runc-v2': inContainerd('containerd-shim-runc-v2'),
    ctr: inContainerd('ctr'),
    runc,
    cniFolder,
    coredns: (await build('coredns'))('coredns'),
    'local-path-provisioner': (await build('local-path-provisioner'))('local-path-provisioner'),
    'metrics-server': (await build('metrics-server'))('metrics-server'),
    operator: (await build('operator'))('operator'),
    pause: (await build('pause'))('pause'),
  };
}

/** Builds what is missing of one module; resolves with a function that says where a program of it lies. */
export async function buildHostModule(
  name: keyof typeof modules,
  environment: Pick<GoBuildOptions, 'cacheDir' | 'log' | 'progress'>,
  signal: AbortSignal,
): Promise<(program: string) => string> {
  const { packages, ...flags }: Module = modules[name];
  const programs = packages.map((path) => ({ package: path, output: basename(path) }));
  const moduleDir = join(import.meta.dirname, 'modules', name);
  const folder = await buildGoPrograms({ ...environment, ...flags, moduleDir, programs }, signal);
  return (program) => join(folder, program);
}
