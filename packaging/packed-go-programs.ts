/** What is carried of Kubernetes. */
export const packedKubernetes = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/** The main packages that are built from each folder of `distro/` into the files of a release. */
export const packedGoPrograms: Readonly<Record<string, readonly string[]>> = {
  kubernetes: packedKubernetes.map((name) => `k8s.io/kubernetes/cmd/${name}`),
  kine: ['github.com/k3s-io/kine'],
  kwok: ['sigs.k8s.io/kwok/cmd/kwok'],
};
