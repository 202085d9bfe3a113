import { K3vError } from '../errors.ts';
import { type KubernetesMinor, kubernetesMinors } from '../kubernetes-minors.ts';

export const newestKubernetes: KubernetesMinor = kubernetesMinors[0];

/** Returns the folder of `distro/` that pins the modules of `minor`. */
export function kubernetesModule(minor: KubernetesMinor): string {
  return minor === newestKubernetes ? 'kubernetes' : `kubernetes-${minor}`;
}

/**
 * Returns the minor version to run on a data directory that was last run with `recorded`, for example `v1.36.3`: the one asked for, else the same again
 * while k3v has it, else the newest. Throws DATA_DIR_NEWER rather than go back: an older API server may not know what a newer one has stored.
 */
export function chooseKubernetes({
  asked,
  recorded,
  dataDir,
}: {
  asked: KubernetesMinor | undefined;
  recorded: string | undefined;
  dataDir: string;
}): KubernetesMinor {
  const last = /^v(1\.\d+)\./.exec(recorded ?? '')?.[1];
  const chosen = asked ?? kubernetesMinors.find((minor) => minor === last) ?? newestKubernetes;
  if (last !== undefined && numberOf(chosen) < numberOf(last)) {
    throw new K3vError('DATA_DIR_NEWER', `${dataDir} was last run with Kubernetes ${recorded}, newer than ${chosen}`, {
      hint: asked
        ? 'Kubernetes does not go back: leave --kubernetes-version out, or use another --data-dir.'
        : 'Use the newer k3v, or another --data-dir.',
    });
  }
  return chosen;
}

function numberOf(minor: string): number {
  return Number(minor.split('.')[1]);
}
