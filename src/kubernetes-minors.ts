/** The minor versions of Kubernetes that k3v can build, newest first. */
export const kubernetesMinors = ['1.36', '1.34'] as const;

export type KubernetesMinor = (typeof kubernetesMinors)[number];
