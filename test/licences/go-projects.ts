/** A project in Go that is built from its modules, as its go.mod pins it. */
export interface GoProject {
  name: string;
  module: string;
  /** Folder of the go.mod. */
  pinnedIn: string;
  licence: string;
}

/** What k3v builds, on the machine that it runs on, and what is passed on with it in a packaged file. */
export const goProjects: readonly GoProject[] = [
  {
    name: 'Kubernetes 1.36',
    module: 'k8s.io/kubernetes',
    pinnedIn: 'distro/kubernetes',
    licence: 'Apache-2.0',
  },
  {
    name: 'Kubernetes 1.34',
    module: 'k8s.io/kubernetes',
    pinnedIn: 'distro/kubernetes-1.34',
    licence: 'Apache-2.0',
  },
  { name: 'kine', module: 'github.com/k3s-io/kine', pinnedIn: 'distro/kine', licence: 'Apache-2.0' },
  { name: 'KWOK, of the embedded host', module: 'sigs.k8s.io/kwok', pinnedIn: 'distro/kwok', licence: 'Apache-2.0' },
];

/** What the tests build for hosts with real pods. */
export const goProjectsOfTests: readonly GoProject[] = [
  {
    name: 'containerd',
    module: 'github.com/containerd/containerd/v2',
    pinnedIn: 'test/host/modules/containerd',
    licence: 'Apache-2.0',
  },
  { name: 'runc', module: 'github.com/opencontainers/runc', pinnedIn: 'test/host/modules/runc', licence: 'Apache-2.0' },
  {
    name: 'CNI plugins',
    module: 'github.com/containernetworking/plugins',
    pinnedIn: 'test/host/modules/cni',
    licence: 'Apache-2.0',
  },
  {
    name: 'CoreDNS',
    module: 'github.com/coredns/coredns',
    pinnedIn: 'test/host/modules/coredns',
    licence: 'Apache-2.0',
  },
  {
    name: 'metrics-server',
    module: 'sigs.k8s.io/metrics-server',
    pinnedIn: 'test/host/modules/metrics-server',
    licence: 'Apache-2.0',
  },
  {
    name: 'local-path-provisioner',
    module: 'github.com/rancher/local-path-provisioner',
    pinnedIn: 'test/host/modules/local-path-provisioner',
    licence: 'Apache-2.0',
  },
  {
    name: 'controller-runtime, of an operator',
    module: 'sigs.k8s.io/controller-runtime',
    pinnedIn: 'test/host/modules/operator',
    licence: 'Apache-2.0',
  },
  { name: 'kind', module: 'sigs.k8s.io/kind', pinnedIn: 'test/host/modules/kind', licence: 'Apache-2.0' },
  {
    name: 'etcd, and the conformance tests',
    module: 'go.etcd.io/etcd/server/v3',
    pinnedIn: 'test/host/modules/conformance',
    licence: 'Apache-2.0',
  },
];

/** Returns the version of `module` that the text of a go.mod requires. */
export function requiredVersion(goMod: string, module: string): string | undefined {
  const line = goMod.split('\n').find((each) =>
    each
      .replace(/^require\s/, '')
      .trim()
      .startsWith(`${module} v`),
  );
  return line === undefined ? undefined : / (v\S+)/.exec(line)?.[1];
}

/** Returns how many modules a go.mod requires, its own included. */
export function requiredCount(goMod: string): number {
  return goMod.split('\n').filter((line) => /^(require\s)?\s*[\w.-]+\.[a-z]+\/\S+ v\S+/.test(line)).length;
}
