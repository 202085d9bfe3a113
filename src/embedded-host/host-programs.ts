import { join } from 'node:path';
import type { GoBuildOptions } from '../control-plane/go-build.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { bundledHostPrograms, bundledKubernetes } from '../bundle/bundled-programs.ts';
import { buildKine, buildKubernetesPrograms, kubernetesVersion } from '../control-plane/kubernetes-programs.ts';
import type { KubernetesMinor } from '../kubernetes-minors.ts';
import { newestKubernetes } from '../control-plane/kubernetes-versions.ts';
import { platform } from '../platform/this-platform.ts';
import { buildKwok, kwokIn, type KwokPrograms } from './kwok-programs.ts';

/** Where the programs of the embedded host lie. */
export interface HostPrograms {
  kine: string;
  apiServer: string;
  controllerManager: string;
  scheduler: string;
  kwok: KwokPrograms;
  /** For example `v1.36.3`. */
  kubernetesVersion: string;
}

/**
 * Unpacks what the packaged k3v carries, or builds what is missing in the cache; rejects like `bundledHostPrograms` or `buildGoPrograms`. A control plane on
 * the same cache shares most of it.
 */
export async function findHostPrograms(
  environment: Pick<GoBuildOptions, 'cacheDir' | 'log' | 'progress'> & { bundle?: Bundle | undefined },
  signal: AbortSignal,
  minor: KubernetesMinor = newestKubernetes,
): Promise<HostPrograms> {
  const { bundle } = environment;
  if (bundle) {
    const host = await bundledHostPrograms(bundle, environment, signal);
    const { folder, version } = await bundledKubernetes(bundle, minor, environment, signal);
    const kwok = { ...kwokIn(host.folder), version: host.version };
    return {
      ...hostPrograms({ kubernetes: folder, kine: folder, scheduler: host.folder }),
      kwok,
      kubernetesVersion: version,
    };
  }
  // One after the other: each build uses all cores, and the later ones find much of their code compiled.
  const names = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
  const kubernetes = await buildKubernetesPrograms(names, environment, signal, minor);
  const kine = await buildKine(environment, signal);
  const kwok = await buildKwok(environment, signal);
  const folders = { kubernetes, kine, scheduler: kubernetes };
  return { ...hostPrograms(folders), kwok, kubernetesVersion: await kubernetesVersion(minor) };
}

/** Where the programs lie in the folders given. */
function hostPrograms({ kubernetes, kine, scheduler }: { kubernetes: string; kine: string; scheduler: string }) {
  return {
    kine: join(kine, platform.executableName('kine')),
    apiServer: join(kubernetes, platform.executableName('kube-apiserver')),
    controllerManager: join(kubernetes, platform.executableName('kube-controller-manager')),
    scheduler: join(scheduler, platform.executableName('kube-scheduler')),
  };
}
